import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Page, Schema } from "../api/types";

export type DealStatus = Schema<"DealStatus">;
export type Deal = Schema<"DealView">;
export type DealChange = Schema<"DealChange">;
export type DealDetail = Schema<"DealDetail">;
export type NewDeal = Schema<"NewDeal">;
export type DealPatch = Schema<"DealPatch">;
export type User = Schema<"UserView">;
/** Deals together: how many, and one amount for each currency. */
export type DealSum = Schema<"DealSum">;
export type BoardColumn = Schema<"BoardColumn">;
export type Board = Schema<"Board">;

export type DealSort = NonNullable<Schema<"DealExportRequest">["sort"]>;

export interface DealFilter {
  funnel?: string;
  stage?: string;
  owner?: string;
  status?: DealStatus;
  contact?: string;
  channel?: string;
  q?: string;
  sort?: DealSort;
}

/** Everything about deals lies below this key. */
export const DEALS = ["deals"] as const;

export const boardQuery = (filter: { funnel: string; owner?: string; q?: string; locale?: string }) =>
  queryOptions({
    queryKey: [...DEALS, "board", filter],
    queryFn: ({ signal }) => api.get<Board>("/deals/board", { query: filter, signal }),
    placeholderData: (former) => former,
  });

export const dealQuery = (id: string) =>
  queryOptions({ queryKey: [...DEALS, "one", id], queryFn: ({ signal }) => api.get<DealDetail>(`/deals/${id}`, { signal }) });

export const contactDealsQuery = (contact: string) =>
  queryOptions({
    queryKey: [...DEALS, "of", contact],
    queryFn: ({ signal }) => api.get<Page<Deal>>("/deals", { query: { contact, limit: 20 }, signal }),
  });

export const usersQuery = queryOptions({
  queryKey: ["users"],
  queryFn: ({ signal }) => api.get<{ items: User[] }>("/users", { signal }),
  staleTime: 5 * 60_000,
});

export const fetchDeals = (filter: DealFilter, cursor: string | null, signal?: AbortSignal) =>
  api.page<Deal>("/deals", cursor, { query: { ...filter }, ...(signal ? { signal } : {}) });

export const exportDeals = (request: Schema<"DealExportRequest">, onBytes?: (bytes: number) => void) =>
  api.postForFile("/deals/export", request, { timeoutMs: 30 * 60_000 }, onBytes);

export const createDeal = (deal: NewDeal) => api.post<Deal>("/deals", deal);
export const updateDeal = (id: string, patch: DealPatch) => api.patch<Deal>(`/deals/${id}`, patch);
export const moveDeal = (id: string, stage: string, reason = "", override_reason?: string) => api.post<Deal>(`/deals/${id}/move`, { stage, reason, ...(override_reason ? { override_reason } : {}) });
export const closeDeal = (id: string, outcome: "won" | "lost", reason: string, override_reason?: string) =>
  api.post<Deal>(`/deals/${id}/close`, { outcome, reason, ...(override_reason ? { override_reason } : {}) });
export const reopenDeal = (id: string) => api.post<Deal>(`/deals/${id}/reopen`);
