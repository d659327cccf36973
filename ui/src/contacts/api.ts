import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Page } from "../api/types";

export interface Contact {
  id: string;
  display_name: string;
  email: string | null;
  /** Whether a reader of that mailbox has clicked a link that was sent there. */
  is_email_verified: boolean;
  first_name: string;
  last_name: string;
  phone: string;
  company: string;
  locale: string;
  tags: string[];
  /** Open facts. */
  traits: Record<string, unknown>;
  /** Of the first touch; empty when unknown. */
  channel: string;
  created_at: string;
  updated_at: string;
}

/** What is absent stays as it is; an open fact that is null is removed. */
export type ContactChange = Partial<Pick<Contact, "first_name" | "last_name" | "phone" | "company" | "locale" | "tags" | "traits">> & { email?: string };

export interface Consent {
  purpose: string;
  is_given: boolean;
  wording: string;
  locale: string;
  origin: string;
  at: string;
}

/** What the contact's screen shows of a message; the messages' own screen knows more. */
export interface SentMessage {
  id: string;
  kind: string;
  template: string;
  subject: string;
  state: "queued" | "sending" | "sent" | "failed" | "unknown" | "suppressed";
  error: string | null;
  created_at: string;
  finished_at: string | null;
}

export interface ContactFilter {
  q?: string;
  channel?: string;
  source?: string;
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
export const deleteContact = (id: string) => api.delete(`/contacts/${id}`);
