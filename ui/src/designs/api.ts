import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Schema } from "../api/types";
import type { FunnelDocument, FunnelView } from "../funnels/document";

export type Draft = Schema<"FunnelDraft">;
export type DraftSummary = Schema<"FunnelDraftSummary">;
export type NewDraft = Schema<"NewFunnelDraft">;
export type Finding = Schema<"FindingView">;
export type FindingSummary = Schema<"FindingSummary">;
export type Severity = Finding["severity"];
export type Template = Schema<"FunnelTemplateView">;
export type Suggested = Schema<"SuggestedFunnelTemplate">;
export type Goal = Schema<"FunnelTemplateGoal">;
export type Business = Schema<"FunnelTemplateBusiness">;
export type Reach = Schema<"FunnelTemplateReach">;
export type Version = Schema<"FunnelVersion">;
export type Comparison = Schema<"FunnelComparison">;

export const GOALS: readonly Goal[] = ["sell_online", "leads", "sell_in_person", "repeat", "event", "launch", "traffic"];
export const BUSINESSES: readonly Business[] = ["services", "ecommerce", "b2b", "retail", "information_products", "wholesale"];
export const REACHES: readonly Reach[] = ["ads", "search", "social", "email", "phone", "store", "events"];

export const DESIGNS = ["designs"];

export const draftsQuery = queryOptions({ queryKey: [...DESIGNS, "drafts"], queryFn: ({ signal }) => api.get<{ items: DraftSummary[] }>("/funnel-drafts", { signal }) });

/** A draft is never taken from memory: somebody else may have written since. */
export const draftQuery = (id: string) => queryOptions({ queryKey: [...DESIGNS, "draft", id], queryFn: ({ signal }) => api.get<Draft>(`/funnels/${id}/draft`, { signal }), staleTime: 0, gcTime: 0, refetchOnWindowFocus: false });

export const summaryQuery = queryOptions({ queryKey: [...DESIGNS, "findings"], queryFn: ({ signal }) => api.get<{ items: FindingSummary[] }>("/funnels/findings", { signal }) });

export const versionsQuery = (id: string) => queryOptions({ queryKey: [...DESIGNS, "versions", id], queryFn: ({ signal }) => api.get<{ items: Version[]; next_cursor: string | null }>(`/funnels/${id}/versions`, { signal, query: { limit: 100 } }) });

/** What differs between two versions; with no `to` between a version and the draft, as it was at a revision. */
export const diffQuery = (id: string, from: number, to: number | undefined, locale: string, revision = 0) =>
  queryOptions({ queryKey: [...DESIGNS, "diff", id, from, to ?? null, locale, revision], queryFn: ({ signal }) => api.get<Comparison>(`/funnels/${id}/diff`, { signal, query: { from, to, locale } }) });

export const createDraft = (request: NewDraft) => api.post<Draft>("/funnel-drafts", request);
export const saveDraft = (id: string, change: { revision: number; document?: FunnelDocument; source?: string }) => api.put<Draft>(`/funnels/${id}/draft`, change);
export const discardDraft = (id: string) => api.delete(`/funnels/${id}/draft`);
export const publishDraft = (id: string, revision: number, message: string) => api.post<FunnelView>(`/funnels/${id}/draft/publish`, { revision, message });
export const revertFunnel = (id: string, version: number, base_version: number, message: string) => api.post<FunnelView>(`/funnels/${id}/revert`, { version, base_version, message });
export const suggestTemplates = (goal: Goal, business: Business, channels: Reach[]) => api.post<{ items: Suggested[] }>("/funnel-templates/suggest", { goal, business, channels });
export const checkDesign = (what: { document: FunnelDocument } | { source: string }, locale: string, signal: AbortSignal) => api.post<{ items: Finding[] }>("/funnels/check", what, { query: { locale }, signal });
