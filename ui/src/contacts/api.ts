import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Page, Schema } from "../api/types";

export type Contact = Schema<"ContactView">;
/** What is absent stays as it is; an open fact that is null is removed. */
export type ContactChange = Schema<"ContactChange">;
export type Consent = Schema<"ConsentView">;
export type SentMessage = Schema<"MessageView">;

export interface ContactFilter {
  q?: string | undefined;
  channel?: string | undefined;
  source?: string | undefined;
  sort?: string | undefined;
  filter?: string | undefined;
}

/** Everything about contacts lies below this key. */
export const CONTACTS = ["contacts"] as const;

export const fetchContacts = (filter: ContactFilter, cursor: string | null, signal?: AbortSignal) =>
  api.page<Contact>("/contacts", cursor, { query: { ...filter }, ...(signal ? { signal } : {}) });

export const contactQuery = (id: string) =>
  queryOptions({ queryKey: [...CONTACTS, id], queryFn: ({ signal }) => api.get<Contact>(`/contacts/${id}`, { signal }) });

export const consentsQuery = (id: string) =>
  queryOptions({ queryKey: [...CONTACTS, id, "consents"], queryFn: ({ signal }) => api.get<{ items: Consent[] }>(`/contacts/${id}/consents`, { signal }) });

export const contactMessagesQuery = (id: string) =>
  queryOptions({
    queryKey: ["messages", { contact: id, limit: 10 }],
    queryFn: ({ signal }) => api.get<Page<SentMessage>>("/messages", { query: { contact: id, limit: 10 }, signal }),
  });

export const createContact = (change: ContactChange) => api.post<Contact>("/contacts", change);
export const updateContact = (id: string, change: ContactChange) => api.patch<Contact>(`/contacts/${id}`, change);
/** The contact, what hangs on it, and everything that the log holds of the person. */
export const eraseContact = (id: string) => api.post(`/contacts/${id}/erase`);
export const deleteContact = (id: string) => api.delete(`/contacts/${id}`);
