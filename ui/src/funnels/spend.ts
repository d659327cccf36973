import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { FunnelQuery, Page, Schema } from "../api/types";

export type Costs = Schema<"Costs">;
export type SpendReport = Schema<"SpendReport">;
export type Spend = Schema<"SpendView">;
export type SpendEntry = Schema<"SpendEntry">;

/** Everything about spend begins with this key, so that a change of it asks again. */
export const SPEND_KEY = ["spend"];

export const spendReportQuery = (query: FunnelQuery) =>
  queryOptions({
    queryKey: [...SPEND_KEY, "report", query],
    queryFn: ({ signal }) => api.post<SpendReport>("/spend/report", { query }, { signal }),
    placeholderData: (former) => former,
  });

export const latestSpendQuery = queryOptions({
  queryKey: [...SPEND_KEY, "latest"],
  queryFn: ({ signal }) => api.get<Page<Spend>>("/spend", { signal, query: { limit: 30 } }),
});

export const writeSpend = (entry: SpendEntry) => api.put<{ saved: number }>("/spend", entry);
export const removeSpend = (id: string) => api.delete(`/spend/${id}`);
