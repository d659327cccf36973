import { parsePeriod, type PeriodSearch } from "../period";

/**
 * What the builder edits and the address carries: the question without its period, in a shape where half-written parts
 * (a step without an event, a condition without a value) have a place. `question.ts` makes the API's query of it.
 */
export const KINDS = ["funnel", "trend", "retention", "paths", "lifecycle", "time_in_stage"] as const;
export type Kind = (typeof KINDS)[number];

export const INTERVALS = ["day", "week", "month"] as const;
export type Interval = (typeof INTERVALS)[number];
export const MEASURES = ["total", "unique", "per_person", "sum"] as const;
export type Measure = (typeof MEASURES)[number];
export const ORDERS = ["ordered", "strict", "unordered"] as const;
export type Order = (typeof ORDERS)[number];
/** What a funnel counts; or the values of a property, such as deals. */
export const COUNTS = ["people", "totals", "sessions"] as const;
export const COHORTS = ["first", "first_ever", "recurring"] as const;
export const MODES = ["n_day", "unbounded", "bracket"] as const;
/** How a property is compared; "is one of" and "is none of" also stand for a single value. */
export const OPS = [
  "in", "not_in", "contains", "not_contains", "gt", "gte", "lt", "lte", "before", "after", "regex", "not_regex", "set", "not_set",
] as const;
export type Op = (typeof OPS)[number];

/** The ways to show each kind's answer; the first unless another is chosen. */
export const CHARTS = {
  funnel: ["funnel", "bars", "time", "trend", "survival"],
  trend: ["line", "area", "bars", "number"],
  retention: ["heat", "curve"],
  paths: ["sankey"],
  lifecycle: ["bars"],
  time_in_stage: ["bars"],
} as const satisfies Record<Kind, readonly string[]>;
export type ChartKind = (typeof CHARTS)[Kind][number];

export const STEPS_MIN = 2;
export const STEPS_MAX = 30;
export const SERIES_MAX = 10;
export const ALTERNATIVES_MAX = 50;
export const CONDITIONS_MAX = 20;
export const VALUES_MAX = 1_000;
export const EXCLUSIONS_MAX = 10;
export const HOLD_MAX = 3;
export const BRACKETS_MAX = 50;
export const GROUPS_MAX = 100;
export const PATH_STEPS = { min: 2, max: 20, usual: 5 };
export const WINDOW_MAX_S = 3_660 * 86_400;
export const WINDOW_DEFAULT_S = 30 * 86_400;
export const SESSION_GAP_DEFAULT_S = 1_800;
export const FUNNEL_TOP = { usual: 10, max: 100 };
export const TREND_TOP = { usual: 6, max: 100 };
export const MOVING_AVERAGE = { min: 2, max: 366 };
const TEXT_MAX = 1_000;

export interface Condition {
  prop: string;
  op: Op;
  /** One for most operators, several for "in", none for "set". */
  values: string[];
}

export interface Step {
  event: string[];
  where?: Condition[];
  name?: string;
  /** Whether it may be skipped. */
  optional?: boolean;
  /** Most seconds since the step before. */
  window_s?: number;
}

export interface Exclusion {
  event: string[];
  where?: Condition[];
  from_step: number;
  to_step: number;
}

export interface Breakdown {
  prop: string;
  /** A second property, whose values are taken together with the first's. */
  and?: string;
  attribution?: string;
  top?: number;
}

export interface FunnelAsk {
  steps: Step[];
  order?: Order;
  window_s?: number;
  entry_only?: boolean;
  /** Only the first time ever begins. */
  first_ever?: boolean;
  count?: (typeof COUNTS)[number];
  /** The property whose values are counted instead. */
  count_prop?: string;
  /** The property summed at each step. */
  value?: string;
  breakdown?: Breakdown;
  exclusions?: Exclusion[];
  hold?: string[];
  /** Between which steps the time is measured; the first and the last when left out. */
  time?: { from_step: number; to_step: number };
  /** How long the periods of conversion over time are. */
  interval?: Interval;
}

export interface Series {
  event: string[];
  where?: Condition[];
  measure?: Measure;
  /** The property that is summed. */
  prop?: string;
  name?: string;
}

export interface TrendAsk {
  series: Series[];
  formula?: string;
  breakdown?: Breakdown;
  moving_average?: number;
  interval?: Interval;
}

export interface RetentionAsk {
  event: string[];
  where?: Condition[];
  returning?: string[];
  cohort?: (typeof COHORTS)[number];
  mode?: (typeof MODES)[number];
  brackets?: number[];
  interval?: Interval;
}

export interface LifecycleAsk {
  event: string[];
  where?: Condition[];
  interval?: Interval;
}

/** How long deals, or people, stay in each stage. */
export interface StagesAsk {
  event: string[];
  where?: Condition[];
  /** The property that names the stage. */
  prop: string;
  /** The property that names what is in it; the person without. */
  unit?: string;
  /** What ends a stay without another stage. */
  exit?: string[];
}

/** A step of a funnel, to look at the ways from it or to it. */
export interface Around {
  funnel: FunnelAsk;
  step: number;
  kind: "reached" | "dropped";
  side: "before" | "after";
}

export interface PathsAsk {
  around?: Around;
  events?: string[];
  where?: Condition[];
  /** Events that are told apart by a property. */
  by_prop?: { event: string; prop: string }[];
  group?: { match: string; as: string }[];
  start?: string;
  end?: string;
  session_gap_s?: number;
  max_steps?: number;
  /** Whether the same step twice in a row stays two. */
  repeats?: boolean;
  top?: number;
}

export interface Asks {
  funnel: FunnelAsk;
  trend: TrendAsk;
  retention: RetentionAsk;
  paths: PathsAsk;
  lifecycle: LifecycleAsk;
  time_in_stage: StagesAsk;
}

/** The number whose people are shown. */
export interface Pick {
  kind?: PickedKind;
  /** Of a funnel. */
  step?: number;
  value?: string;
  /** When the bucket begins, or the period of the cohort. */
  at?: string;
  /** The place in the row of a cohort; 0 is the cohort itself. */
  cell?: number;
  /** Of a trend, counted from 0. */
  series?: number;
  /** Of the period compared with. */
  former?: boolean;
}
export const PICKED_KINDS = ["converted", "dropped", "excluded", "new", "returning", "resurrecting", "dormant", "entered", "left", "still_there"] as const;
export type PickedKind = (typeof PICKED_KINDS)[number];

type OfKind<K extends Kind> = { kind: K; ask?: Asks[K]; chart?: ChartKind };
/** The builder's whole state. Without `ask`, what is usually asked of the kind. */
export type InsightState = PeriodSearch & { [K in Kind]: OfKind<K> }[Kind];
/** What an address carries beside it. */
export interface Looking {
  pick?: Pick;
  person?: string;
}
export type BuilderSearch = InsightState & Looking;

type Raw = Record<string, unknown>;

const isRaw = (value: unknown): value is Raw => typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value.slice(0, TEXT_MAX) : typeof value === "number" ? String(value) : undefined;
const whole = (value: unknown, min: number, max: number): number | undefined =>
  typeof value === "number" && Number.isInteger(value) && value >= min && value <= max ? value : undefined;
const among = <T extends string>(known: readonly T[], value: unknown): T | undefined => known.find((one) => one === value);

function list<T>(value: unknown, max: number, read: (item: unknown) => T | undefined): T[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, max).flatMap((item) => {
    const made = read(item);
    return made === undefined ? [] : [made];
  });
}

/** Without what is undefined, false or an empty list: an address says only what differs from the usual. */
export function lean<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const kept = Object.entries(value).filter(([, part]) => part !== undefined && part !== false && !(Array.isArray(part) && part.length === 0));
  return Object.fromEntries(kept) as { [K in keyof T]: Exclude<T[K], undefined> };
}

const events = (value: unknown): string[] => (typeof value === "string" ? [value].filter(Boolean) : list(value, ALTERNATIVES_MAX, text));

const conditions = (value: unknown): Condition[] =>
  list(value, CONDITIONS_MAX, (item) => {
    if (!isRaw(item)) return undefined;
    const op = among(OPS, item["op"]);
    return op && { prop: text(item["prop"]) ?? "", op, values: list(item["values"], VALUES_MAX, text) };
  });

function breakdown(value: unknown): Breakdown | undefined {
  const prop = isRaw(value) ? text(value["prop"]) : undefined;
  if (!prop || !isRaw(value)) return undefined;
  const attribution = text(value["attribution"]);
  const isKnown = attribution !== undefined && /^(first_touch|last_touch|all_events|step:\d{1,2})$/.test(attribution);
  return lean({ prop, and: text(value["and"]), attribution: isKnown ? attribution : undefined, top: whole(value["top"], 1, FUNNEL_TOP.max) });
}

/** An event with conditions: what steps, series and exclusions have in common. */
const matched = (raw: Raw) => ({ event: events(raw["event"]), ...lean({ where: conditions(raw["where"]) }) });

const READERS: { [K in Kind]: (raw: Raw) => Asks[K] } = {
  funnel: (raw) => {
    const time = isRaw(raw["time"]) ? raw["time"] : {};
    const [from, to] = [whole(time["from_step"], 0, STEPS_MAX), whole(time["to_step"], 1, STEPS_MAX)];
    return {
      steps: list(raw["steps"], STEPS_MAX, (step) => (isRaw(step) ? { ...matched(step), ...lean({ name: text(step["name"]), optional: step["optional"] === true, window_s: whole(step["window_s"], 1, WINDOW_MAX_S) }) } : undefined)),
      ...lean({
        order: among(ORDERS, raw["order"]),
        window_s: whole(raw["window_s"], 1, WINDOW_MAX_S),
        first_ever: raw["first_ever"] === true,
        count: among(COUNTS, raw["count"]),
        count_prop: text(raw["count_prop"]),
        value: text(raw["value"]),
        interval: among(INTERVALS, raw["interval"]),
        entry_only: raw["entry_only"] === true,
        breakdown: breakdown(raw["breakdown"]),
        exclusions: list(raw["exclusions"], EXCLUSIONS_MAX, (item) =>
          isRaw(item) ? { ...matched(item), from_step: whole(item["from_step"], 0, STEPS_MAX) ?? 0, to_step: whole(item["to_step"], 1, STEPS_MAX) ?? 1 } : undefined),
        hold: list(raw["hold"], HOLD_MAX, text),
        time: from !== undefined && to !== undefined && from < to ? { from_step: from, to_step: to } : undefined,
      }),
    };
  },
  trend: (raw) => ({
    series: list(raw["series"], SERIES_MAX, (item) =>
      isRaw(item) ? { ...matched(item), ...lean({ measure: among(MEASURES, item["measure"]), prop: text(item["prop"]), name: text(item["name"]) }) } : undefined),
    ...lean({
      formula: text(raw["formula"]),
      breakdown: breakdown(raw["breakdown"]),
      moving_average: whole(raw["moving_average"], MOVING_AVERAGE.min, MOVING_AVERAGE.max),
      interval: among(INTERVALS, raw["interval"]),
    }),
  }),
  retention: (raw) => ({
    ...matched(raw),
    ...lean({
      returning: events(raw["returning"]),
      cohort: among(COHORTS, raw["cohort"]),
      mode: among(MODES, raw["mode"]),
      brackets: list(raw["brackets"], BRACKETS_MAX, (length) => whole(length, 1, 1_000)),
      interval: among(INTERVALS, raw["interval"]),
    }),
  }),
  lifecycle: (raw) => ({ ...matched(raw), ...lean({ interval: among(INTERVALS, raw["interval"]) }) }),
  time_in_stage: (raw) => ({ ...matched(raw), prop: text(raw["prop"]) ?? "", ...lean({ unit: text(raw["unit"]), exit: events(raw["exit"]) }) }),
  paths: (raw) =>
    lean({
      around: aroundOf(raw["around"]),
      events: events(raw["events"]),
      where: conditions(raw["where"]),
      by_prop: list(raw["by_prop"], ALTERNATIVES_MAX, (item) => (isRaw(item) ? { event: text(item["event"]) ?? "", prop: text(item["prop"]) ?? "" } : undefined)),
      group: list(raw["group"], GROUPS_MAX, (item) => (isRaw(item) ? { match: text(item["match"]) ?? "", as: text(item["as"]) ?? "" } : undefined)),
      start: text(raw["start"]),
      end: text(raw["end"]),
      session_gap_s: whole(raw["session_gap_s"], 1, 30 * 86_400),
      max_steps: whole(raw["max_steps"], PATH_STEPS.min, PATH_STEPS.max),
      repeats: raw["repeats"] === true,
      top: whole(raw["top"], 1, 1_000),
    }),
};

function aroundOf(value: unknown): Around | undefined {
  if (!isRaw(value) || !isRaw(value["funnel"])) return undefined;
  const step = whole(value["step"], 0, STEPS_MAX);
  if (step === undefined) return undefined;
  return { funnel: READERS.funnel(value["funnel"]), step, kind: value["kind"] === "dropped" ? "dropped" : "reached", side: value["side"] === "before" ? "before" : "after" };
}

export const parseKind = (value: unknown): Kind => among(KINDS, value) ?? "funnel";

function parsePick(value: unknown): Pick | undefined {
  if (!isRaw(value)) return undefined;
  const of = value["value"];
  const pick = lean({
    kind: among(PICKED_KINDS, value["kind"]), step: whole(value["step"], 0, STEPS_MAX), at: text(value["at"]), cell: whole(value["cell"], 0, 2_000), series: whole(value["series"], 0, SERIES_MAX), former: value["former"] === true,
    // The value of those without one is the empty text.
    value: typeof of === "string" ? of : undefined,
  });
  return Object.keys(pick).length > 0 ? pick : undefined;
}

/** Reads an address; what makes no sense is left out. */
export function parseState(search: Raw): InsightState {
  const kind = parseKind(search["kind"]);
  const ask = isRaw(search["ask"]) ? READERS[kind](search["ask"]) : undefined;
  const chart = among<ChartKind>(CHARTS[kind], search["chart"]);
  return { ...parsePeriod(search), kind, ...lean({ ask, chart }) } as InsightState;
}

export const parseBuilder = (search: Raw): BuilderSearch =>
  ({ ...parseState(search), ...lean({ pick: parsePick(search["pick"]), person: text(search["person"]) }) });

/** The same address for a saved insight, where saying nothing means "as it was saved". */
export const parseSavedBuilder = (search: Raw): Partial<BuilderSearch> => {
  if (search["kind"] !== undefined) return parseBuilder(search);
  return lean({ pick: parsePick(search["pick"]), person: text(search["person"]) });
};

export const chartOf = (state: InsightState): ChartKind => state.chart ?? CHARTS[state.kind][0];

/** Every event that a question names, each once, to carry over to another kind. */
export function eventsOf(state: InsightState): string[][] {
  const { ask } = state;
  if (!ask) return [];
  const named = "steps" in ask ? ask.steps.map(({ event }) => event) : "series" in ask ? ask.series.map(({ event }) => event) : "event" in ask ? [ask.event] : [];
  return named.filter((event) => event.length > 0);
}

/** The same events asked about in another way. */
export function withKind(state: InsightState, kind: Kind): InsightState {
  if (kind === state.kind) return state;
  const period = lean({ period: state.period, from: state.from, to: state.to, compare: state.compare });
  const named = eventsOf(state);
  const first = named[0] ?? [];
  if (first.length === 0) return { ...period, kind };
  switch (kind) {
    case "funnel":
      return { ...period, kind, ask: { steps: [...named.map((event) => ({ event })), ...(named.length < STEPS_MIN ? [{ event: [] }] : [])] } };
    case "trend":
      return { ...period, kind, ask: { series: named.slice(0, SERIES_MAX).map((event) => ({ event, measure: "unique" as const })) } };
    case "paths":
    case "time_in_stage":
      return { ...period, kind };
    case "retention":
    case "lifecycle":
      return { ...period, kind, ask: { event: first } };
  }
}
