import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Role, Schema } from "../api/types";

export type CompanySettings = Schema<"Company">;

export type Brand = Schema<"Brand">;
export type BrandFont = Schema<"Font">;
export type BrandRadius = Schema<"Radius">;
export type BrandScale = Schema<"TypeScale">;

export type MailSecurity = Schema<"MailSecurity">;
export type MailSettings = Schema<"MailSettingsView">;
/** An absent password keeps the one there is; an empty one removes it. */
export type MailSettingsChange = Schema<"MailSettingsChange">;
export type TestOutcome = Schema<"TestOutcome">;

export type ApiKey = Schema<"KeyView">;
export type KeyKind = ApiKey["kind"];
export type NewApiKey = Schema<"NewKey">;

export type NewUser = Schema<"NewUser">;
export type UserChange = Schema<"UserChange">;

export type Job = Schema<"JobView">;
export type JobState = Job["state"];
export const JOB_STATES = ["queued", "running", "done", "dead"] as const satisfies readonly JobState[];
export type AuditEntry = Schema<"AuditView">;
/** What ingestion took and refused since the program started. */
export type Refusals = Schema<"Refusals">;

export const companyQuery = queryOptions({ queryKey: ["company"], queryFn: ({ signal }) => api.get<CompanySettings>("/company", { signal }) });
export const saveCompany = (company: CompanySettings) => api.put<CompanySettings>("/company", company);

export const brandQuery = queryOptions({ queryKey: ["brand"], queryFn: ({ signal }) => api.get<Brand>("/brand", { signal }) });
export const saveBrand = (brand: Brand) => api.put<Brand>("/brand", brand);

export const mailQuery = queryOptions({ queryKey: ["mail-settings"], queryFn: ({ signal }) => api.get<MailSettings>("/mail-settings", { signal }) });
export const saveMail = (change: MailSettingsChange) => api.put<MailSettings>("/mail-settings", change);
export const testMail = (to: string) => api.post<TestOutcome>("/mail-settings/test", { to });

export const keysQuery = queryOptions({ queryKey: ["keys"], queryFn: ({ signal }) => api.get<{ items: ApiKey[] }>("/keys", { signal }) });
export const createKey = (request: { name: string; kind: KeyKind; role: Role }) => api.post<NewApiKey>("/keys", request);
export const revokeKey = (id: string) => api.delete(`/keys/${id}`);

export const createUser = (user: NewUser) => api.post("/users", user);
export const updateUser = (id: string, change: UserChange) => api.patch(`/users/${id}`, change);

export const eventNamesQuery = queryOptions({
  queryKey: ["insights", "catalog"],
  queryFn: ({ signal }) => api.get<Schema<"Catalog">>("/insights/catalog", { signal }),
  staleTime: 5 * 60_000,
});

export const jobsQuery = (state?: JobState) => queryOptions({ queryKey: ["jobs", state ?? "all"], queryFn: ({ signal }) => api.get<{ items: Job[] }>("/jobs", { query: { state }, signal }) });
export const reviveJob = (id: string) => api.post(`/jobs/${id}/revive`);
export const refusalsQuery = queryOptions({ queryKey: ["ingest", "refusals"], queryFn: ({ signal }) => api.get<Refusals>("/ingest/refusals", { signal }) });
