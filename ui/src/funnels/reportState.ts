import type { Attribution, Funnel, FunnelOrder, FunnelQuery, PickKind } from "../api/types";
import { parsePeriod, type PeriodSearch, type Span } from "../period";

/** Everything that the report shows follows from its address, so that it can be shared. */
export interface ReportSearch extends PeriodSearch {
  /** Slug of the funnel whose stages are the steps; the first one when left out. */
  funnel?: string;
  /** Own steps instead of the funnel's stages; `A|B` means either event. */
  steps?: string[];
  order?: FunnelOrder;
  /** Seconds within which all steps must happen. */
  window?: number;
  by?: string;
  attribution?: Attribution;
  /** The number whose people are shown. */
  pick?: Pick;
  /** One of these people, whose timeline is shown. */
  person?: string;
}

export interface Pick {
  step: number;
  kind: PickKind;
  value?: string;
}

export const ORDERS: readonly FunnelOrder[] = ["ordered", "strict", "unordered"];
export const ATTRIBUTIONS = ["first_touch", "last_touch", "all_events"] as const;
export const STEPS_MIN = 2;
export const STEPS_MAX = 20;
export const WINDOW_DEFAULT_S = 30 * 86_400;
export const WINDOWS = { hour: 3600, day: 86_400, week: 604_800, fortnight: 1_209_600, month: WINDOW_DEFAULT_S, quarter: 7_776_000 } as const;
/** Properties that capture gives to every event; others can be written. */
export const PROPERTIES = ["channel", "utm_source", "utm_medium", "utm_campaign", "device", "locale", "page", "variant", "path", "referrer"] as const;

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

function parsePick(value: unknown): Pick | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { step, kind, value: of } = value as Record<string, unknown>;
  if (typeof step !== "number" || (kind !== "converted" && kind !== "dropped")) return undefined;
  return { step, kind, ...(typeof of === "string" ? { value: of } : {}) };
}

/** Reads the address; what makes no sense is left out. */
export function parseReport(search: Record<string, unknown>): ReportSearch {
  const steps = Array.isArray(search["steps"]) ? search["steps"].filter((step) => typeof step === "string").slice(0, STEPS_MAX) : undefined;
  const window = Number(search["window"]);
  const found = {
    funnel: text(search["funnel"]),
    steps: steps && steps.length > 0 ? steps : undefined,
    order: ORDERS.find((order) => order === search["order"]),
    window: Number.isInteger(window) && window > 0 ? window : undefined,
    by: text(search["by"]),
    attribution: ATTRIBUTIONS.find((known) => known === search["attribution"]),
    pick: parsePick(search["pick"]),
    person: text(search["person"]),
  };
  const present = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  return { ...parsePeriod(search), ...present };
}

const alternatives = (step: string): string | string[] => {
  const events = step.split("|").map((event) => event.trim()).filter(Boolean);
  return events.length === 1 ? (events[0] ?? "") : events;
};

export const stepText = (event: string | string[]): string => (Array.isArray(event) ? event.join(" | ") : event);

/** The events of the steps as they are written in the builder. */
export function stepTexts(search: ReportSearch, funnel: Funnel | undefined): string[] {
  return search.steps ?? funnel?.stages.map((stage) => stepText(stage.event)) ?? [];
}

/** The query that the address means, or null while there are too few steps to ask anything. */
export function buildQuery(search: ReportSearch, funnel: Funnel | undefined, span: Span): FunnelQuery | null {
  const events = stepTexts(search, funnel).filter((step) => step.replaceAll("|", "").trim() !== "");
  if (events.length < STEPS_MIN) return null;
  return {
    insight: "funnel",
    steps: events.map((step) => ({ event: alternatives(step) })),
    order: search.order ?? "ordered",
    window_s: search.window ?? WINDOW_DEFAULT_S,
    ...span,
    ...(search.by ? { breakdown: { prop: search.by, attribution: search.attribution ?? "first_touch" } } : {}),
  };
}
