import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Finding, Severity } from "../designs/api";
import type { FunnelDocument } from "../funnels/document";

export const FINDINGS = ["funnel-findings"] as const;

/** What check finds in a funnel as it runs. */
export const findingsQuery = (funnel: string, version: number, locale: string) =>
  queryOptions({
    queryKey: [...FINDINGS, funnel, version, locale],
    queryFn: async ({ signal }) => (await api.get<{ items: Finding[] }>(`/funnels/${funnel}/findings`, { query: { locale }, signal })).items,
    staleTime: 60_000,
  });

const WORST: readonly Severity[] = ["error", "warning", "advice"];

export const worstSeverity = (findings: readonly Finding[]): Severity | null =>
  WORST.find((severity) => findings.some((finding) => finding.severity === severity)) ?? null;

/** Dearest first within each severity, the worst severity before the others. */
export const sortedFindings = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((a, b) => WORST.indexOf(a.severity) - WORST.indexOf(b.severity) || (b.cost_per_month?.minor ?? 0) - (a.cost_per_month?.minor ?? 0));

export interface PlacedFindings {
  /** By stage id. */
  stages: Map<string, Finding[]>;
  /** By the place of the content: `interest/0`. They stand at their stage, too. */
  content: Map<string, Finding[]>;
  /** By channel id. */
  channels: Map<string, Finding[]>;
  /** What belongs to the funnel as a whole. */
  rest: Finding[];
}

const put = (map: Map<string, Finding[]>, key: string, finding: Finding) => map.set(key, [...(map.get(key) ?? []), finding]);

/** Where each finding is shown. `document` is the one that was checked. */
export function placeFindings(findings: readonly Finding[], document: FunnelDocument): PlacedFindings {
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
