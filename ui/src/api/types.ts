/** Shapes the screens agreed on with the API. Ids are prefixed text (`ctc_...`), times RFC 3339, shares 0 to 1. */

export type Role = "owner" | "admin" | "marketer" | "manager" | "rep" | "viewer";

export interface Money {
  /** Whole minor units: øre, cents; whole yen. */
  minor: number;
  currency: string;
}

export interface SessionUser {
  id: string;
  name: string;
  email: string;
  role: Role;
  locale: string;
}

export interface Company {
  name: string;
  currency: string;
  timezone: string;
  locales: string[];
  base_url: string;
}

export interface Session {
  setup_required: boolean;
  user: SessionUser | null;
  csrf_token: string;
  company: Company | null;
}

export interface SetupRequest {
  company: string;
  name: string;
  email: string;
  password: string;
  locale: string;
  currency: string;
  timezone: string;
}

/** One page of a list; `next_cursor` is null on the last. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  /** How many there are in all, where the list knows. */
  total?: number;
}

export interface Totals {
  visitors: number;
  leads: number;
  orders: number;
  revenue: Money;
}

export interface Happening {
  /** Place in the event log; grows with time and is unique. */
  position: number;
  at: string;
  event: string;
  person: string;
  label: string;
}

export interface Home {
  today: Totals;
  yesterday_same_time: Totals;
  funnel: FunnelAnswer;
  recent: Happening[];
}

export type FunnelOrder = "ordered" | "strict" | "unordered";
export type Attribution = "first_touch" | "last_touch" | "all_events" | `step:${number}`;

export interface FunnelStep {
  event: string | string[];
  where?: Record<string, unknown>;
}

export interface FunnelQuery {
  insight: "funnel";
  steps: FunnelStep[];
  order: FunnelOrder;
  window_s: number;
  from: string;
  to: string;
  breakdown?: { prop: string; attribution: Attribution };
}

export interface FunnelStepAnswer {
  name: string;
  count: number;
  conversion_from_prev: number | null;
  conversion_from_first: number | null;
  ci_low: number | null;
  ci_high: number | null;
  avg_s: number | null;
  median_s: number | null;
  /** People who reached the step before and not this one. */
  dropped: number;
}

export interface FunnelAnswer {
  counts: number[];
  steps: FunnelStepAnswer[];
  breakdown?: Record<string, number[]>;
}

export interface FunnelStage {
  id: string;
  name: string;
  event: string | string[];
}

export interface Funnel {
  id: string;
  slug: string;
  title: string;
  stages: FunnelStage[];
}

export type PickKind = "converted" | "dropped";

export interface PeopleRequest {
  query: FunnelQuery;
  /** Index of the step: who reached it, or who reached the one before and not this one. */
  step: number;
  kind: PickKind;
  /** One value of the breakdown. */
  value?: string;
  cursor?: string;
}

export interface FunnelPerson {
  person: string;
  contact_id?: string | null;
  label: string;
  reached_at: string;
}

/** One entry of a person's timeline. */
export interface TimelineEvent {
  position: number;
  at: string;
  event: string;
  label?: string | null;
  properties?: Record<string, unknown>;
}
