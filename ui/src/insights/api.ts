import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Schema } from "../api/types";
import type { InsightQuery } from "./question";

export type Catalog = Schema<"Catalog">;
export type Answer = Schema<"InsightAnswer">;
export type AnswerOf<K extends Answer["insight"]> = Extract<Answer, { insight: K }>;

const CATALOG_FRESH_MS = 60_000;
const VALUES_FRESH_MS = 5 * 60_000;
/** How far back values are looked for that a condition may be compared with. */
const VALUES_DAYS = 90;
const VALUES_MAX = 100;
const DAY_MS = 86_400_000;

/** The events and properties that there are; with an event, the properties it carries. */
export const catalogQuery = (event?: string) =>
  queryOptions({
    queryKey: ["insights", "catalog", event ?? ""],
    queryFn: ({ signal }) => api.get<Catalog>("/insights/catalog", { signal, query: { event } }),
    staleTime: CATALOG_FRESH_MS,
  });

/** The answer to a question. The former one of the same kind stays on screen while the next is computed. */
export const answerQuery = (query: InsightQuery) =>
  queryOptions({
    queryKey: ["insights", "answer", query],
    queryFn: ({ signal }) => api.post<Answer>("/insights/query", query, { signal }),
    placeholderData: (former): Answer | undefined => (former?.insight === query.insight ? former : undefined),
  });

/** The commonest values of a property lately, over the events given. */
export const valuesQuery = (events: readonly string[], prop: string, nowMs: number) =>
  queryOptions({
    queryKey: ["insights", "values", events, prop],
    queryFn: async ({ signal }) => {
      const body = {
        insight: "trend", event: events, interval: "month", breakdown: { prop, top: VALUES_MAX },
        from: new Date(nowMs - VALUES_DAYS * DAY_MS).toISOString(), to: new Date(nowMs).toISOString(),
      };
      const answer = await api.post<AnswerOf<"trend">>("/insights/query", body, { signal });
      return (answer.breakdown ?? []).map(({ value }) => value).filter((value) => value !== "");
    },
    enabled: events.length > 0 && prop !== "",
    staleTime: VALUES_FRESH_MS,
  });
