/**
 * The shapes of the API under the names that screens use. All come from `schema.d.ts`, which `npm run types` makes from
 * the program's own description: change the Rust side, never these. Ids are prefixed text (`ctc_...`), times RFC 3339,
 * shares 0 to 1.
 */
import type { components } from "./schema";

/** One shape by its name in the API's description. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

export type Role = Schema<"Role">;
/** Whole minor units (øre, cents; whole yen) of a currency. */
export type Money = Schema<"Money">;
/** A text for readers of several languages: one for all, or one by language. */
export type Localized = Schema<"Localized">;

export type SessionUser = Schema<"UserView">;
/** What every screen knows of the company; its settings know more. */
export type Company = Schema<"CompanyView">;
export type Session = Schema<"SessionView">;
export type SetupRequest = Schema<"Setup">;

/** One page of a list; `next_cursor` is null on the last. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  /** How many there are in all, where the list knows. */
  total?: number;
  /** False: there are more than `total`. */
  is_total_exact?: boolean;
}

export type Totals = Schema<"Totals">;
export type Happening = Schema<"Happened">;
export type Home = Schema<"Home">;

export type FunnelOrder = Schema<"Order">;
/** The API takes it as text; these are the texts there are. */
export type Attribution = "first_touch" | "last_touch" | "all_events" | `step:${number}`;
export type FunnelStep = Schema<"FunnelStep">;
/** A question as the interface asks it: about a period, with everything said that has a default. */
export type FunnelQuery = Schema<"FunnelQuery"> & {
  insight: "funnel";
  order: FunnelOrder;
  window_s: number;
  from: string;
  to: string;
  breakdown?: { prop: Schema<"BreakdownProps">; attribution: Attribution };
};
export type FunnelStepAnswer = Schema<"StepAnswer">;
export type FunnelAnswer = Schema<"FunnelAnswer">;

/** A stage of a funnel in the reader's language; made from the funnel document. */
export interface FunnelStage {
  id: string;
  name: string;
  event: string | string[];
}

/** A funnel in the reader's language; made from the funnel document. */
export interface Funnel {
  id: string;
  slug: string;
  title: string;
  stages: FunnelStage[];
}

export type PickKind = Extract<Schema<"PeopleKind">, "converted" | "dropped">;
export type PeopleRequest = Schema<"PeopleQuery"> & { query: FunnelQuery; kind: PickKind };
export type FunnelPerson = Schema<"PersonView">;
/** One entry of a person's timeline. */
export type TimelineEvent = Schema<"TimelineEvent">;
