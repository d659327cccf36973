import { queryOptions } from "@tanstack/react-query";
import { ApiProblem, api } from "../api/client";
import type { Money } from "../api/types";
import type { FunnelDocument } from "../funnels/document";

export type FindingSeverity = "error" | "warning" | "advice";

/** Something that check would mend, told in the reader's language. */
export interface MapFinding {
  rule: string;
  severity: FindingSeverity;
  /** The place in the document: `stages[2].gate.requires[0]`. */
  path: string;
  values: Record<string, unknown>;
  cost_per_month: Money | null;
  fix: unknown;
  what: string;
  why: string;
  mend: string;
}

export const FINDINGS = ["funnel-findings"] as const;

/** What check finds in a funnel as it runs. A server without that check answers 404: then there is nothing to show. */
export const findingsQuery = (funnel: string, version: number, locale: string) =>
  queryOptions({
    queryKey: [...FINDINGS, funnel, version, locale],
    queryFn: async ({ signal }) => {
      try {
        return (await api.get<{ items: MapFinding[] }>(`/funnels/${funnel}/findings`, { query: { locale }, signal })).items;
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 404) return [];
        throw error;
      }
    },
    staleTime: 60_000,
  });

const WORST: readonly FindingSeverity[] = ["error", "warning", "advice"];

export const worstSeverity = (findings: readonly MapFinding[]): FindingSeverity | null =>
  WORST.find((severity) => findings.some((finding) => finding.severity === severity)) ?? null;

/** Dearest first within each severity, the worst severity before the others. */
export const sortedFindings = (findings: readonly MapFinding[]): MapFinding[] =>
  [...findings].sort((a, b) => WORST.indexOf(a.severity) - WORST.indexOf(b.severity) || (b.cost_per_month?.minor ?? 0) - (a.cost_per_month?.minor ?? 0));

export interface PlacedFindings {
  /** By stage id. */
  stages: Map<string, MapFinding[]>;
  /** By the place of the content: `interest/0`. They stand at their stage, too. */
  content: Map<string, MapFinding[]>;
  /** By channel id. */
  channels: Map<string, MapFinding[]>;
  /** What belongs to the funnel as a whole. */
  rest: MapFinding[];
}

const put = (map: Map<string, MapFinding[]>, key: string, finding: MapFinding) => map.set(key, [...(map.get(key) ?? []), finding]);

/** Where each finding is shown. `document` is the one that was checked. */
export function placeFindings(findings: readonly MapFinding[], document: FunnelDocument): PlacedFindings {
  const placed: PlacedFindings = { stages: new Map(), content: new Map(), channels: new Map(), rest: [] };
  for (const finding of sortedFindings(findings)) {
    const [, list, at, content] = /^(stages|channels)\[(\d+)\](?:\.content\[(\d+)\])?/.exec(finding.path) ?? [];
    const id = list === "stages" ? document.stages[Number(at)]?.id : list === "channels" ? document.channels?.[Number(at)]?.id : undefined;
    if (id === undefined) placed.rest.push(finding);
    else if (list === "channels") put(placed.channels, id, finding);
    else {
      put(placed.stages, id, finding);
      if (content !== undefined) put(placed.content, `${id}/${content}`, finding);
    }
  }
  return placed;
}
