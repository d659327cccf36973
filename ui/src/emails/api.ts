import type { Activity } from "../activities/api";
import { api } from "../api/client";
import type { Schema } from "../api/types";

export type NewEmail = Schema<"NewEmail">;

export const sendEmail = (email: NewEmail) => api.post<Activity>("/emails", email);
export const retryEmail = (id: string) => api.post<Activity>(`/emails/${id}/retry`);
