import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Role } from "../api/types";
import type { FunnelDocument, FunnelView } from "../funnels/document";

export interface CompanySettings {
  name: string;
  currency: string;
  timezone: string;
  locales: string[];
  base_url: string;
  postal_address: string;
  org_number: string;
  contact_email: string | null;
  bank_account: string;
  asks_tracking_consent: boolean;
}

export type BrandFont = "system" | "humanist" | "geometric" | "oldstyle" | "transitional";
export type BrandRadius = "none" | "small" | "medium" | "large";
export type BrandScale = "calm" | "balanced" | "bold";

export interface Brand {
  name: string;
  logo: { src: string; alt: string; width: number | null; height: number | null };
  accent: string;
  surface: string;
  ink: string;
  heading_font: BrandFont;
  body_font: BrandFont;
  radius: BrandRadius;
  scale: BrandScale;
  footer: { legal_name: string; org_number: string; address: string; email: string; phone: string; links: { label: string; url: string }[] };
}

export type MailSecurity = "none" | "starttls" | "tls";

export interface MailSettings {
  from_name: string;
  from_email: string | null;
  reply_to: string | null;
  host: string;
  port: number;
  security: MailSecurity;
  username: string;
  has_password: boolean;
  ca_pem: string | null;
  dkim: { domain: string; selector: string; record: { name: string; value: string; zone_value: string } } | null;
  lead_notice_to: string[];
  is_complete: boolean;
  /** Mail is kept and not sent: this is the demo. */
  is_recording: boolean;
}

export interface MailSettingsChange {
  from_name: string;
  from_email: string;
  reply_to: string;
  host: string;
  port: number;
  security: MailSecurity;
  username: string;
  /** Absent keeps the password there is; empty removes it. */
  password?: string;
  ca_pem: string | null;
  dkim: { domain: string; selector: string } | null;
  lead_notice_to: string[];
}

export interface TestOutcome {
  is_sent: boolean;
  class: "sent" | "permanent" | "temporary" | "unknown" | "settings";
  code: number | null;
  detail: string;
  message: string;
}

export type KeyKind = "write" | "secret";

export interface ApiKey {
  id: string;
  name: string;
  kind: KeyKind;
  /** The whole write key; the first letters of a secret key. */
  shown: string;
  role: Role;
  created_at: string;
  used_at: string | null;
  revoked_at: string | null;
}

export type NewApiKey = ApiKey & { token: string };

export interface NewUser {
  name: string;
  email: string;
  password: string;
  role: Role;
  locale: string;
}

export interface UserChange {
  name?: string;
  role?: Role;
  locale?: string;
  is_active?: boolean;
  password?: string;
}

export const JOB_STATES = ["queued", "running", "done", "dead"] as const;
export type JobState = (typeof JOB_STATES)[number];

export interface Job {
  id: string;
  kind: string;
  state: JobState;
  run_at: string;
  attempts: number;
  attempts_max: number;
  last_error: string | null;
  created_at: string;
  finished_at: string | null;
}

export interface AuditEntry {
  at: string;
  actor: string;
  action: string;
  subject: string;
  detail: Record<string, unknown> | null;
}

/** What ingestion took and refused since the program started. */
export interface Refusals {
  accepted: number;
  repeated: number;
  refused: { reason: string; count: number; samples: { at: string; dialect: string; field: string; message: string; value: string }[] }[];
}

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

export const publishFunnel = (id: string, document: FunnelDocument, base_version: number) => api.put<FunnelView>(`/funnels/${id}`, { document, base_version });
export const eventNamesQuery = queryOptions({
  queryKey: ["insights", "catalog"],
  queryFn: ({ signal }) => api.get<{ events: { name: string; count: number }[]; properties: string[] }>("/insights/catalog", { signal }),
  staleTime: 5 * 60_000,
});

export const jobsQuery = (state?: JobState) => queryOptions({ queryKey: ["jobs", state ?? "all"], queryFn: ({ signal }) => api.get<{ items: Job[] }>("/jobs", { query: { state }, signal }) });
export const reviveJob = (id: string) => api.post(`/jobs/${id}/revive`);
export const auditQuery = (subject?: string) => queryOptions({ queryKey: ["audit", subject ?? ""], queryFn: ({ signal }) => api.get<{ items: AuditEntry[] }>("/audit", { query: { subject }, signal }) });
export const refusalsQuery = queryOptions({ queryKey: ["ingest", "refusals"], queryFn: ({ signal }) => api.get<Refusals>("/ingest/refusals", { signal }) });
