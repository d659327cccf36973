import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Money, Page, SessionUser } from "../api/types";
import type { Board } from "./board";

export type DealStatus = "open" | "won" | "lost";

export interface Deal {
  id: string;
  title: string;
  contact_id: string;
  contact_name: string;
  funnel_id: string;
  stage: string;
  value: Money;
  owner_id: string | null;
  status: DealStatus;
  /** Why it was closed. */
  reason: string;
  /** Empty when unknown. */
  channel: string;
  order_id: string | null;
  stage_entered_at: string;
  created_at: string;
  updated_at: string;
  closed_at: string | null;
}

export interface DealChange {
  /** Absent for a new deal. */
  from_stage: string | null;
  stage: string;
  status: DealStatus;
  /** The id of a user or key, or `system`. */
  actor: string;
  /** The words of whoever did it, or the event that did. */
  reason: string;
  at: string;
}

export interface DealDetail extends Deal {
  history: DealChange[];
}

export interface NewDeal {
  contact_id: string;
  title?: string;
  funnel_id?: string;
  stage?: string;
  value?: Money;
  owner_id?: string;
}

export interface DealPatch {
  title?: string;
  value?: Money;
  owner_id?: string | null;
}

export interface DealFilter {
  funnel?: string;
  stage?: string;
  owner?: string;
  status?: DealStatus;
  contact?: string;
  channel?: string;
  q?: string;
  sort?: string;
}

export interface User extends SessionUser {
  is_active: boolean;
  created_at: string;
}

/** Everything about deals lies below this key. */
export const DEALS = ["deals"] as const;

export const boardQuery = (filter: { funnel: string; owner?: string; q?: string }) =>
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

export const createDeal = (deal: NewDeal) => api.post<Deal>("/deals", deal);
export const updateDeal = (id: string, patch: DealPatch) => api.patch<Deal>(`/deals/${id}`, patch);
export const moveDeal = (id: string, stage: string, reason = "") => api.post<Deal>(`/deals/${id}/move`, { stage, reason });
export const closeDeal = (id: string, outcome: "won" | "lost", reason: string) => api.post<Deal>(`/deals/${id}/close`, { outcome, reason });
export const reopenDeal = (id: string) => api.post<Deal>(`/deals/${id}/reopen`);
