import type { Data } from "@puckeditor/core";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { FunnelAnswer, FunnelQuery, Schema } from "../api/types";

export type PageLocale = Schema<"PageLocale">;
export type PageView = Schema<"PageView">;
export type Finding = Schema<"Finding">;
export type Magnet = Schema<"MagnetView">;
export type MagnetRequest = Schema<"MagnetRequest">;
export type GiftKind = Magnet["kind"];

/** What visitors see of a language: nothing, what was last written, or what was published before that. */
export type PageState = "draft" | "published" | "changed";

export const stateOf = ({ has_draft, published_slug }: PageLocale): PageState => (published_slug === null ? "draft" : has_draft ? "changed" : "published");

/** What the editor reads and writes; `variants` stand beside it and are carried along unseen. */
export interface PageDoc {
  root: { props?: Record<string, unknown> };
  content: Data["content"];
  variants?: unknown[];
}

export type PageContent = Omit<Schema<"PageContent">, "doc"> & { doc: PageDoc };

/** Everything about pages lies below this key. */
export const PAGES = ["pages"] as const;
export const MAGNETS = ["magnets"] as const;

export const pagesQuery = queryOptions({ queryKey: [...PAGES, "list", "all"], queryFn: ({ signal }) => api.get<{ items: PageView[] }>("/pages", { signal }) });
export const magnetsQuery = queryOptions({ queryKey: MAGNETS, queryFn: ({ signal }) => api.get<{ items: Magnet[] }>("/magnets", { signal }) });

export const pageQuery = (id: string, locale: string | undefined) =>
  queryOptions({
    queryKey: [...PAGES, id, locale ?? ""],
    queryFn: ({ signal }) => api.get<PageContent>(`/pages/${id}`, { query: { locale }, signal }),
    // What is being written must not be read anew below the writer's hands.
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });

const DAY_MS = 86_400_000;
/** How far back the list counts visitors, days. */
export const COUNTED_DAYS = 30;

/** Visitors of every page and how many of them sent its form, by the page's name. */
export const countsQuery = (today: string) => {
  const to = new Date(`${today}T00:00:00Z`).getTime() + DAY_MS;
  const query: FunnelQuery = {
    insight: "funnel", steps: [{ event: "Page Viewed" }, { event: "Form Submitted" }], order: "ordered", window_s: (COUNTED_DAYS * DAY_MS) / 1000,
    from: new Date(to - COUNTED_DAYS * DAY_MS).toISOString(), to: new Date(to).toISOString(), breakdown: { prop: "page", attribution: "step:0" },
  };
  return queryOptions({ queryKey: [...PAGES, "counts", today], queryFn: ({ signal }) => api.post<FunnelAnswer>("/insights/query", query, { signal }), staleTime: 60_000 });
};

export const createPage = (page: { name: string; locale: string; doc?: PageDoc }) => api.post<PageContent>("/pages", page);
export const saveDraft = (id: string, locale: string, doc: PageDoc) => api.patch<PageContent>(`/pages/${id}`, { locale, doc });
export const renamePage = (id: string, name: string) => api.patch<PageContent>(`/pages/${id}`, { name });
export const deletePage = (id: string) => api.delete(`/pages/${id}`);
export const publishPage = (id: string, locale: string) => api.post<PageContent>(`/pages/${id}/publish`, { locale });
export const unpublishPage = (id: string, locale: string) => api.post<PageContent>(`/pages/${id}/unpublish`, { locale });
export const previewPage = (doc: PageDoc, signal: AbortSignal) => api.postForText("/pages/preview", { doc }, { signal });
export const saveMagnet = (id: string | null, request: MagnetRequest) => (id ? api.put<Magnet>(`/magnets/${id}`, request) : api.post<Magnet>("/magnets", request));
export const deleteMagnet = (id: string) => api.delete(`/magnets/${id}`);
