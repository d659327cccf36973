import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { Schema } from "../../api/types";
import { updateContact } from "../../contacts/api";
import { DEALS, updateDeal, type Deal } from "../api";
import { changesOf, type Written } from "./fields";

export type DealGates = Schema<"DealGates">;
export type StageGate = Schema<"DealStageGate">;

export const gatesQuery = (deal: string, locale: string) =>
  queryOptions({
    queryKey: [...DEALS, "gates", deal, locale],
    queryFn: ({ signal }) => api.get<DealGates>(`/deals/${deal}/gates`, { query: { locale }, signal }),
    // What is in the way changes with the clock and with what people do.
    staleTime: 0,
  });

export const approveDeal = (deal: string, stage: string) => api.post<Deal>(`/deals/${deal}/approvals`, { stage });
export const askApproval = (deal: string, stage: string, note: string) => api.post<Deal>(`/deals/${deal}/approvals/ask`, { stage, note });

/** Writes what was filled in: the contact first, since the deal may move by itself with the last of it. */
export async function saveWritten(deal: Deal, written: Written): Promise<void> {
  const changes = changesOf(written, deal);
  if (changes.contact) await updateContact(deal.contact_id, changes.contact);
  if (changes.deal) await updateDeal(deal.id, changes.deal);
}
