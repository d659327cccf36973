import type { Data } from "@puckeditor/core";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";

export interface PageLocale {
  locale: string;
  slug: string;
  title: string;
  has_draft: boolean;
  published_slug: string | null;
  published_at: string | null;
}

export interface PageView {
  id: string;
  name: string;
  created_at: string;
  updated_at: string;
  locales: PageLocale[];
}

export interface Finding {
  /** The place in the document: `content[2].props.items[0].question`. */
  path: string;
  message: string;
  severity: "advice" | "error";
}

/** What the editor reads and writes; `variants` stand beside it and are carried along unseen. */
export interface PageDoc {
  root: { props?: Record<string, unknown> };
  content: Data["content"];
  variants?: unknown[];
}

export interface PageContent {
  page: PageView;
  locale: string;
  is_draft: boolean;
  doc: PageDoc;
  findings: Finding[];
}

export interface FileView {
  id: string;
  name: string;
  content_type: string;
  size_bytes: number;
  width_px: number | null;
  height_px: number | null;
  url: string;
  created_at: string;
}

export type GiftKind = "file" | "code" | "url";

export interface Magnet {
  id: string;
  name: string;
  kind: GiftKind;
  file_id?: string;
  code?: string;
  url?: string;
  downloads: number;
  created_at: string;
  updated_at: string;
}

export type MagnetRequest = { name: string } & ({ kind: "file"; file_id: string } | { kind: "code"; code: string } | { kind: "url"; url: string });

/** Everything about pages lies below this key. */
export const PAGES = ["pages"] as const;
export const MAGNETS = ["magnets"] as const;

export const fetchPages = async (signal?: AbortSignal) => ({ ...(await api.get<{ items: PageView[] }>("/pages", signal ? { signal } : {})), next_cursor: null });
export const magnetsQuery = queryOptions({ queryKey: MAGNETS, queryFn: ({ signal }) => api.get<{ items: Magnet[] }>("/magnets", { signal }) });
export const filesQuery = queryOptions({ queryKey: ["files"], queryFn: ({ signal }) => api.get<{ items: FileView[] }>("/files", { signal }) });

export const pageQuery = (id: string, locale: string | undefined) =>
  queryOptions({
    queryKey: [...PAGES, id, locale ?? ""],
    queryFn: ({ signal }) => api.get<PageContent>(`/pages/${id}`, { query: { locale }, signal }),
    // What is being written must not be read anew below the writer's hands.
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });

export const createPage = (page: { name: string; locale: string; doc?: PageDoc }) => api.post<PageContent>("/pages", page);
export const saveDraft = (id: string, locale: string, doc: PageDoc) => api.patch<PageContent>(`/pages/${id}`, { locale, doc });
export const deletePage = (id: string) => api.delete(`/pages/${id}`);
export const publishPage = (id: string, locale: string) => api.post<PageContent>(`/pages/${id}/publish`, { locale });
export const unpublishPage = (id: string, locale: string) => api.post<PageContent>(`/pages/${id}/unpublish`, { locale });
export const previewPage = (doc: PageDoc) => api.postForText("/pages/preview", { doc });
export const uploadFile = (file: File) => api.upload<FileView>("/files/upload", file);
export const saveMagnet = (id: string | null, request: MagnetRequest) => (id ? api.put<Magnet>(`/magnets/${id}`, request) : api.post<Magnet>("/magnets", request));
export const deleteMagnet = (id: string) => api.delete(`/magnets/${id}`);
