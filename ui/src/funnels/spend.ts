import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { FunnelQuery, Money, Page } from "../api/types";

/** What one channel, or all of them, cost and brought. Amounts are minor units; null is not known. */
export interface Costs {
  spend_minor: number | null;
  leads: number;
  sales: number;
  cost_per_lead_minor: number | null;
  cost_per_sale_minor: number | null;
  revenue_minor: number | null;
  return_on_spend: number | null;
}

export interface SpendReport {
  currency: string;
  first_day: string | null;
  last_day: string | null;
  lead_step: number;
  sale_step: number;
  has_revenue: boolean;
  channels: ({ channel: string } & Costs)[];
  total: Costs;
  other_currencies: { channel: string; amount: Money }[];
}

export interface Spend {
  id: string;
  day: string;
  channel: string;
  campaign: string;
  amount: Money;
  note: string;
}

export interface SpendEntry {
  day: string;
  until?: string;
  channel: string;
  amount: Money;
  campaign: string;
  note: string;
}

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
