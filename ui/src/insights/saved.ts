import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Page, Schema } from "../api/types";
import { parsePeriod, type PeriodSearch } from "../period";
import { chartOf, lean, type Asks, type InsightState, type Kind } from "./ask";
import { stateOf, type InsightQuery } from "./question";
import { askedOf } from "./useAnswer";

export type Saved = Schema<"SavedInsight">;
export type Dashboard = Schema<"Dashboard">;
export type DashboardSummary = Schema<"DashboardSummary">;
export type DashboardPeriod = Schema<"DashboardPeriod">;
export type Tile = Schema<"DashboardTile">;
export type InsightTile = Schema<"InsightTile">;
export type TextTile = Schema<"TextTile">;

export const SAVED = ["insights", "saved"] as const;
export const DASHBOARDS = ["dashboards"] as const;
export const NAME_MAX = 200;
export const DESCRIPTION_MAX = 2_000;

/** Lists to choose from show no more; the rest is found by its name. */
const CHOICES_MAX = 200;

export const savedQuery = (id: string) =>
  queryOptions({ queryKey: [...SAVED, id], queryFn: ({ signal }) => api.get<Saved>(`/insights/saved/${id}`, { signal }) });

export const savedPage = (query: Record<string, string | undefined>, cursor: string | null, signal: AbortSignal) =>
  api.page<Saved>("/insights/saved", cursor, { signal, query });

/** Saved insights by name, to choose from. */
export const savedChoices = (q: string) =>
  queryOptions({
    queryKey: [...SAVED, "choices", q],
    queryFn: ({ signal }) => api.get<Page<Saved>>("/insights/saved", { signal, query: { q, limit: CHOICES_MAX } }),
    placeholderData: (former) => former,
  });

export const dashboardsQuery = queryOptions({
  queryKey: [...DASHBOARDS, "list"],
  queryFn: ({ signal }) => api.get<Page<DashboardSummary>>("/dashboards", { signal, query: { limit: CHOICES_MAX } }),
});

/** As many dashboards as Home shows one below the other. */
const PINNED_MAX = 3;

/** The dashboards on Home. */
export const pinnedQuery = queryOptions({
  queryKey: [...DASHBOARDS, "list", "pinned"],
  queryFn: ({ signal }) => api.get<Page<DashboardSummary>>("/dashboards", { signal, query: { is_pinned: true, limit: PINNED_MAX } }),
});

export const dashboardQuery = (id: string) =>
  queryOptions({ queryKey: [...DASHBOARDS, id], queryFn: ({ signal }) => api.get<Dashboard>(`/dashboards/${id}`, { signal }) });

/** What is kept of a question: asked again later, a relative period moves along. */
export function bodyOf(state: InsightState, ask: Asks[Kind], today: string, zone: string): { query: InsightQuery; view: Record<string, unknown> } | null {
  const { question } = askedOf({ ...state, compare: undefined }, ask, today, zone);
  if (!question) return null;
  const { from, to, ...timeless } = question.query as InsightQuery & { from?: unknown; to?: unknown };
  const isCustom = state.period === "custom";
  const query = (isCustom ? { ...timeless, ...lean({ from, to }) } : timeless) as InsightQuery;
  return { query, view: { period: state.period ?? "30d", ...lean({ from: state.from, to: state.to, compare: state.compare }), chart: chartOf(state) } };
}

export const savedState = (saved: Saved, zone: string): InsightState => stateOf(saved.query as unknown as InsightQuery, saved.view, zone);

export const periodOf = (period: DashboardPeriod): PeriodSearch => parsePeriod({ ...period });
export const toPeriod = (search: PeriodSearch): DashboardPeriod => ({ period: search.period ?? "30d", ...lean({ from: search.from, to: search.to, compare: search.compare }) });

export interface NewSaved {
  name: string;
  description: string;
  query: InsightQuery;
  view: Record<string, unknown>;
}

export const createSaved = (body: NewSaved) => api.post<Saved>("/insights/saved", body);
export const changeSaved = (id: string, change: Schema<"InsightChange">) => api.patch<Saved>(`/insights/saved/${id}`, change);
export const deleteSaved = (id: string) => api.delete(`/insights/saved/${id}`, { query: { from_dashboards: true } });

export const createDashboard = (name: string) => api.post<Dashboard>("/dashboards", { name });
export const changeDashboard = (id: string, change: Schema<"DashboardChange">) => api.patch<Dashboard>(`/dashboards/${id}`, change);
export const deleteDashboard = (id: string) => api.delete(`/dashboards/${id}`);
export const duplicateDashboard = (id: string) => api.post<Dashboard>(`/dashboards/${id}/duplicate`);

/** After something was saved, every list that may show it is read again. */
export function forgetLists(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: SAVED });
  void queries.invalidateQueries({ queryKey: DASHBOARDS });
}
