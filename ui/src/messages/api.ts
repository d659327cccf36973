import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";

export const MESSAGE_STATES = ["queued", "sending", "sent", "failed", "unknown", "suppressed"] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

export interface Message {
  id: string;
  contact: string | null;
  template: string;
  locale: string;
  to: string;
  to_name: string;
  subject: string;
  state: MessageState;
  can_retry: boolean;
  attempts: number;
  error: string | null;
  remark: string | null;
  reply: string | null;
  created_at: string;
  finished_at: string | null;
}

export interface MessageDetail extends Message {
  html: string;
  text: string;
}

export interface TemplateBody {
  subject: string;
  preheader: string;
  mjml: string;
  text: string | null;
}

export interface TemplateSummary {
  name: string;
  is_builtin: boolean;
  locales: { locale: string; subject: string; is_saved: boolean; updated_at: string | null }[];
}

export interface Template extends TemplateBody {
  name: string;
  locale: string;
  is_builtin: boolean;
  is_saved: boolean;
  source_locale: string;
}

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
    queryFn: ({ signal }) => api.post<{ subject: string; html: string; text: string }>(`${at(name, locale)}/preview`, { body }, { signal }),
    placeholderData: (former) => former,
    retry: false,
    gcTime: 0,
  });
export const saveTemplate = (name: string, locale: string, body: TemplateBody) => api.put<Template>(at(name, locale), body);
export const resetTemplate = (name: string, locale: string) => api.delete(at(name, locale));
export const testTemplate = (name: string, locale: string, to: string, body: TemplateBody) =>
  api.post<{ is_sent: boolean; detail: string }>(`${at(name, locale)}/test`, { to, body });
