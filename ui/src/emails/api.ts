import { queryOptions } from "@tanstack/react-query";
import type { Activity } from "../activities/api";
import { api } from "../api/client";
import type { Schema } from "../api/types";

export type NewEmail = Schema<"NewEmail">;
export type IncomingMail = Schema<"IncomingMailView">;
export type UnknownSenders = Schema<"UnknownSenders">;
export type InboxFault = Schema<"InboxFault">;
export type InboxTest = Schema<"InboxTest">;

export const sendEmail = (email: NewEmail) => api.post<Activity>("/emails", email);
export const retryEmail = (id: string) => api.post<Activity>(`/emails/${id}/retry`);

export const INCOMING = ["mail-settings", "incoming"] as const;
export const incomingQuery = queryOptions({ queryKey: INCOMING, queryFn: ({ signal }) => api.get<IncomingMail>("/mail-settings/incoming", { signal }) });
export const saveIncoming = (change: Schema<"IncomingMailChange">) => api.put<IncomingMail>("/mail-settings/incoming", change);
export const testIncoming = () => api.post<InboxTest>("/mail-settings/incoming/test");
