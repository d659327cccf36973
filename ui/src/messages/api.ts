import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Schema } from "../api/types";

export type Message = Schema<"MessageView">;
export type MessageState = Message["state"];
export const MESSAGE_STATES = ["queued", "sending", "sent", "failed", "unknown", "suppressed"] as const satisfies readonly MessageState[];
export type MessageDetail = Schema<"MessageDetail">;
export type TemplateBody = Schema<"TemplateBody">;
export type TemplateSummary = Schema<"TemplateSummary">;
export type Template = Schema<"TemplateView">;

/** Everything about messages lies below this key. */
export const MESSAGES = ["messages"] as const;
export const TEMPLATES = ["templates"] as const;

const at = (name: string, locale: string) => `/templates/${encodeURIComponent(name)}/${encodeURIComponent(locale)}`;

export const fetchMessages = (state: MessageState | undefined, cursor: string | null, signal?: AbortSignal) =>
  api.page<Message>("/messages", cursor, { query: { state }, ...(signal ? { signal } : {}) });
export const messageQuery = (id: string) =>
  queryOptions({ queryKey: [...MESSAGES, "one", id], queryFn: ({ signal }) => api.get<MessageDetail>(`/messages/${id}`, { signal }) });
export const retryMessage = (id: string) => api.post<Message>(`/messages/${id}/retry`);
export const templatesQuery = queryOptions({ queryKey: [...TEMPLATES, "list"], queryFn: ({ signal }) => api.get<{ items: TemplateSummary[] }>("/templates", { signal }) });
export const templateQuery = (name: string, locale: string) =>
  queryOptions({ queryKey: [...TEMPLATES, "one", name, locale], queryFn: ({ signal }) => api.get<Template>(at(name, locale), { signal }), refetchOnWindowFocus: false });
export const previewQuery = (name: string, locale: string, body: TemplateBody) =>
  queryOptions({
    queryKey: [...TEMPLATES, "preview", name, locale, body],
    queryFn: ({ signal }) => api.post<Schema<"TemplatePreview">>(`${at(name, locale)}/preview`, { body }, { signal }),
    placeholderData: (former) => former,
    retry: false,
    gcTime: 0,
  });
export const saveTemplate = (name: string, locale: string, body: TemplateBody) => api.put<Template>(at(name, locale), body);
export const resetTemplate = (name: string, locale: string) => api.delete(at(name, locale));
export const testTemplate = (name: string, locale: string, to: string, body: TemplateBody) =>
  api.post<Schema<"TestOutcome">>(`${at(name, locale)}/test`, { to, body });
