import type { FunnelQuery, Schema } from "../api/types";
import { addDays, dayAt, type Days, type PeriodSearch, type Span } from "../period";
import {
  chartOf, lean, OPS, SESSION_GAP_DEFAULT_S, STEPS_MIN, TREND_TOP, WINDOW_DEFAULT_S, FUNNEL_TOP, parseState,
  type Around, type Asks, type ChartKind, type Condition, type InsightState, type Interval, type Kind, type Op,
} from "./ask";

export type InsightQuery = Schema<"InsightQuery">;
export type TrendQuery = Extract<InsightQuery, { insight: "trend" }>;
export type RetentionQuery = Extract<InsightQuery, { insight: "retention" }>;
export type LifecycleQuery = Extract<InsightQuery, { insight: "lifecycle" }>;
export type StagesQuery = Extract<InsightQuery, { insight: "time_in_stage" }>;
export type PathsQuery = Extract<InsightQuery, { insight: "paths" }>;

/** A question with what its errors mean in the builder, where parts that are still empty have a place too. */
export interface Question {
  query: InsightQuery;
  /** By list (`steps`, `series`, `exclusions`): the builder's place of each entry that was asked. */
  places: Record<string, number[]>;
}

type Filter = Record<string, unknown>;

const isNumeric = (value: string) => value.trim() !== "" && Number.isFinite(Number(value));
const COMPARED = new Set<Op>(["gt", "gte", "lt", "lte"]);

function conditionBody({ op, values }: Condition): unknown {
  const [first = ""] = values;
  if (op === "set" || op === "not_set") return { op };
  if (op === "in") return values.length === 1 ? first : values;
  if (op === "not_in") return { op, value: values };
  return { op, value: COMPARED.has(op) && isNumeric(first) ? Number(first) : first };
}

const isWritten = ({ prop, op, values }: Condition) => prop !== "" && (op === "set" || op === "not_set" || values.some((value) => value !== ""));

/** The API's filter. Several conditions on one property all hold. */
export function toFilter(where: readonly Condition[] | undefined): Filter | undefined {
  const byProp = new Map<string, Condition[]>();
  for (const condition of (where ?? []).filter(isWritten)) byProp.set(condition.prop, [...(byProp.get(condition.prop) ?? []), condition]);
  if (byProp.size === 0) return undefined;
  return Object.fromEntries([...byProp].map(([prop, all]) => {
    const [only, more] = all;
    if (only && !more) return [prop, conditionBody(only)];
    // A list of conditions is told from a list of values by its objects, so each is written in full.
    return [prop, all.map(({ op, values }) => (op === "in" ? { op, value: values } : conditionBody({ prop, op, values })))];
  }));
}

const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]).map((one) => String(one));
const SINGLE: Record<string, Op> = { eq: "in", neq: "not_in" };

/** The builder's conditions from the API's filter, in any of its spellings. */
export function fromFilter(filter: unknown): Condition[] {
  if (typeof filter !== "object" || filter === null) return [];
  const one = (prop: string, value: unknown): Condition[] => {
    if (value === null) return [{ prop, op: "not_set", values: [] }];
    if (Array.isArray(value) && value.some((item) => typeof item === "object")) return value.flatMap((item) => one(prop, item));
    if (typeof value !== "object") return [{ prop, op: "in", values: texts(value) }];
    if (Array.isArray(value)) return [{ prop, op: "in", values: texts(value) }];
    const { op, value: of } = value as { op?: string; value?: unknown };
    const known = SINGLE[op ?? ""] ?? OPS.find((name) => name === op);
    return known ? [{ prop, op: known, values: texts(of) }] : [];
  };
  return Object.entries(filter).flatMap(([prop, value]) => one(prop, value));
}

const names = (event: readonly string[]): string | string[] => (event.length === 1 ? (event[0] ?? "") : [...event]);
const where = (conditions: readonly Condition[] | undefined) => lean({ where: toFilter(conditions) });

/** Entries that name an event, and the places they had. */
function written<T extends { event: string[] }>(items: readonly T[]): { kept: T[]; places: number[] } {
  const places = items.flatMap((item, index) => (item.event.length > 0 ? [index] : []));
  return { kept: places.flatMap((index) => items[index] ?? []), places };
}

/** What is asked of a funnel only where it is shown. */
function shownOf(ask: Asks["funnel"], chart: ChartKind, zone: string, measured: { from_step: number; to_step: number }) {
  switch (chart) {
    case "time":
      return { time_to_convert: { ...measured, bins: "auto" as const } };
    case "trend":
      return { trend: { interval: ask.interval ?? "week", time_zone: zone } };
    case "survival":
      return { survival: true };
    default:
      return {};
  }
}

function funnelQuestion(ask: Asks["funnel"], span: Span, chart: ChartKind, zone: string): Question | null {
  const { kept, places } = written(ask.steps);
  if (kept.length < STEPS_MIN) return null;
  const exclusions = written(ask.exclusions ?? []);
  const stepAt = (place: number) => places.indexOf(place);
  const last = kept.length - 1;
  const spanOf = (from: number, to: number) => {
    const [first, second] = [stepAt(from), stepAt(to)];
    return first < 0 || second < 0 || first >= second || ask.order === "unordered" ? { from_step: 0, to_step: last } : { from_step: first, to_step: second };
  };
  const query: FunnelQuery = {
    insight: "funnel",
    steps: kept.map((step) => ({ event: names(step.event), ...where(step.where), ...lean({ name: step.name, optional: step.optional, window_s: step.window_s }) })),
    order: ask.order ?? "ordered",
    window_s: ask.window_s ?? WINDOW_DEFAULT_S,
    ...span,
    ...lean({
      entry_only: ask.entry_only,
      entry: ask.first_ever ? ("first_ever" as const) : undefined,
      count: ask.count_prop ? { prop: ask.count_prop } : ask.count,
      value: ask.value ? { prop: ask.value } : undefined,
      hold: ask.hold,
      exclusions: exclusions.kept.map((one) => ({ event: names(one.event), ...where(one.where), ...spanOf(one.from_step, one.to_step) })),
    }),
    ...(ask.breakdown
      ? { breakdown: { prop: ask.breakdown.and ? [ask.breakdown.prop, ask.breakdown.and] : ask.breakdown.prop, attribution: (ask.breakdown.attribution ?? "first_touch") as "first_touch", top: ask.breakdown.top ?? FUNNEL_TOP.usual } }
      : {}),
    ...shownOf(ask, chart, zone, ask.time ? spanOf(ask.time.from_step, ask.time.to_step) : { from_step: 0, to_step: last }),
  };
  return { query, places: { steps: places, exclusions: exclusions.places } };
}

function trendQuestion(ask: Asks["trend"], span: Span, zone: string): Question | null {
  const { kept, places } = written(ask.series);
  const [first, second] = kept;
  if (!first) return null;
  const series = kept.map(({ event, measure = "total", prop, name, where: conditions }) => ({
    event: names(event), measure, ...where(conditions), ...lean({ prop: measure === "sum" ? prop : undefined, name }),
  }));
  const query: TrendQuery = {
    insight: "trend",
    // One event alone is asked in the short form, which the engine answers fastest.
    ...(second || first.name ? { series } : (series[0] as object)),
    ...lean({ formula: ask.formula, moving_average: ask.moving_average }),
    ...(ask.breakdown ? { breakdown: { prop: ask.breakdown.prop, top: ask.breakdown.top ?? TREND_TOP.usual } } : {}),
    interval: ask.interval ?? "day",
    time_zone: zone,
    ...span,
  };
  return { query, places: { series: places } };
}

const DAY_MS = 86_400_000;
const noonOf = (day: string) => Date.parse(`${day}T12:00:00Z`);
const weekOf = (day: string) => Math.floor((noonOf(day) / DAY_MS + 3) / 7);
const monthOf = (day: string) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7));

/** How many buckets of the length the days lie in; weeks begin on Mondays. */
export function bucketsOf({ first, last }: Days, interval: Interval): number {
  if (interval === "day") return Math.round((noonOf(last) - noonOf(first)) / DAY_MS) + 1;
  return (interval === "week" ? weekOf(last) - weekOf(first) : monthOf(last) - monthOf(first)) + 1;
}

/** A table of more periods can be read by nobody, and no screen has room for it. */
export const PERIODS_MAX = 60;

function retentionQuestion(ask: Asks["retention"], span: Span, days: Days, zone: string): Question | null {
  if (ask.event.length === 0) return null;
  const interval = ask.interval ?? "week";
  const isBracket = ask.mode === "bracket";
  const brackets = ask.brackets ?? BRACKETS_USUAL;
  const reach = brackets.reduce((sum, length) => sum + length, 0);
  const inPeriod = Math.min(bucketsOf(days, interval), PERIODS_MAX);
  const query: RetentionQuery = {
    insight: "retention",
    event: names(ask.event),
    ...where(ask.where),
    ...(ask.returning && ask.returning.length > 0 ? { returning: names(ask.returning) } : {}),
    cohort: ask.cohort ?? "first",
    mode: ask.mode ?? "n_day",
    ...(isBracket ? { brackets } : {}),
    period: interval,
    periods: isBracket ? Math.max(inPeriod, reach + 1) : inPeriod,
    from: span.from,
    time_zone: zone,
  };
  return { query, places: {} };
}
export const BRACKETS_USUAL = [1, 2, 4];

function stagesQuestion(ask: Asks["time_in_stage"], span: Span): Question | null {
  if (ask.event.length === 0 || ask.prop === "") return null;
  const query: StagesQuery = {
    insight: "time_in_stage", event: names(ask.event), ...where(ask.where), prop: ask.prop, ...lean({ unit: ask.unit }), ...(ask.exit && ask.exit.length > 0 ? { exit: names(ask.exit) } : {}), ...span,
  };
  return { query, places: {} };
}

/** The funnel is asked about the same days as the paths. */
function aroundQuery(around: Around | undefined, span: Span, zone: string) {
  const question = around && funnelQuestion({ ...around.funnel, count: "people" }, span, "funnel", zone);
  if (!around || question?.query.insight !== "funnel") return {};
  return { around: { funnel: question.query, step: around.step, kind: around.kind, side: around.side } };
}

function pathsQuestion(ask: Asks["paths"], span: Span, zone: string): Question {
  const query: PathsQuery = {
    insight: "paths",
    ...(ask.events && ask.events.length > 0 ? { events: names(ask.events) } : {}),
    ...where(ask.where),
    ...span,
    session_gap_s: ask.session_gap_s ?? SESSION_GAP_DEFAULT_S,
    ...aroundQuery(ask.around, span, zone),
    ...lean({
      by_prop: Object.fromEntries(
        (ask.by_prop ?? []).filter(({ event, prop }) => event && prop && (!ask.events?.length || ask.events.includes(event))).map(({ event, prop }) => [event, prop]),
      ),
      group: (ask.group ?? []).filter(({ match, as }) => match && as),
      start: ask.start,
      end: ask.start ? undefined : ask.end,
      max_steps: ask.max_steps,
      top: ask.top,
    }),
    collapse: !ask.repeats,
  };
  return { query, places: {} };
}

/** The question with a second period that it is held against, where its kind can be. Retention takes as many periods from there. */
function against(query: InsightQuery, other: Span): InsightQuery {
  switch (query.insight) {
    case "funnel":
    case "trend":
      return { ...query, compare: other };
    case "retention":
      return { ...query, compare: { from: other.from } };
    default:
      return query;
  }
}

/**
 * The question that a state means in these days, or null while too little is said to ask anything. With other days the
 * answer for them stands beside it.
 */
export function questionOf(state: InsightState, ask: Asks[Kind], days: Days, span: Span, zone: string, other?: Span): Question | null {
  const question = plainQuestion(state, ask, days, span, zone);
  return question && other ? { ...question, query: against(question.query, other) } : question;
}

function plainQuestion(state: InsightState, ask: Asks[Kind], days: Days, span: Span, zone: string): Question | null {
  const of = { ...state, ask } as InsightState & { ask: Asks[Kind] };
  switch (of.kind) {
    case "funnel":
      return funnelQuestion(of.ask, span, chartOf(of), zone);
    case "trend":
      return trendQuestion(of.ask, span, zone);
    case "retention":
      return retentionQuestion(of.ask, span, days, zone);
    case "paths":
      return pathsQuestion(of.ask, span, zone);
    case "time_in_stage":
      return stagesQuestion(of.ask, span);
    case "lifecycle":
      if (of.ask.event.length === 0) return null;
      return {
        query: { insight: "lifecycle", event: names(of.ask.event), ...where(of.ask.where), interval: of.ask.interval ?? "week", time_zone: zone, ...span } as LifecycleQuery,
        places: {},
      };
  }
}

/** Where the builder shows an error of the API's field: `steps.0.event` of what was asked is a place of what is written. */
export function placeOf(field: string, { query, places }: Question): string {
  const [head = "", index, ...rest] = field.split(".");
  if (query.insight === "trend" && !query.series && ["event", "where", "measure", "prop"].includes(head)) {
    return ["series", places["series"]?.[0] ?? 0, field].join(".");
  }
  const place = places[head]?.[Number(index)];
  return place === undefined ? field : [head, place, ...rest].join(".");
}

/** What a question that somebody saved, here or through the API, means in the builder. */
export function stateOf(query: InsightQuery, view: Record<string, unknown>, zone: string): InsightState {
  const chart = view["chart"];
  const raw = query as unknown as Record<string, unknown>;
  const kind = typeof raw["insight"] === "string" ? raw["insight"] : "funnel";
  return { ...parseState({ ...view, ...(view["period"] ? {} : periodOf(raw, zone)), kind, chart, ask: askOf(raw) }) };
}

function periodOf(raw: Record<string, unknown>, zone: string): PeriodSearch {
  const { from, to, periods, period } = raw;
  if (typeof from !== "string") return {};
  const first = dayAt(Date.parse(from), zone);
  if (typeof to === "string") return { period: "custom", from: first, to: dayAt(Date.parse(to) - 1, zone) };
  if (typeof periods !== "number") return {};
  const length = { day: 1, week: 7, month: 30 }[period as Interval];
  return { period: "custom", from: first, to: addDays(first, periods * length - 1) };
}

const matched = (item: unknown) => {
  const { where: filter, ...rest } = item as Record<string, unknown>;
  return { ...rest, where: fromFilter(filter) };
};
const listed = (value: unknown) => (Array.isArray(value) ? value.map(matched) : undefined);

function funnelOf(own: Record<string, unknown>, raw: Record<string, unknown>): Record<string, unknown> {
  const split = raw["breakdown"] as { prop?: unknown } | undefined;
  const [prop, and] = Array.isArray(split?.prop) ? (split.prop as unknown[]) : [split?.prop];
  const propOf = (value: unknown) => (typeof value === "object" && value !== null ? (value as { prop?: unknown }).prop : undefined);
  return {
    ...own,
    steps: listed(raw["steps"]),
    exclusions: listed(raw["exclusions"]),
    time: raw["time_to_convert"],
    first_ever: raw["entry"] === "first_ever",
    count_prop: propOf(raw["count"]),
    value: propOf(raw["value"]),
    interval: (raw["trend"] as { interval?: unknown } | undefined)?.interval,
    ...(split ? { breakdown: { ...split, prop, and } } : {}),
  };
}

function fromAround(around: unknown): unknown {
  if (typeof around !== "object" || around === null) return undefined;
  const { funnel, ...rest } = around as { funnel: Record<string, unknown> };
  return { ...rest, funnel: askOf({ ...funnel, insight: "funnel" }) };
}

function askOf(raw: Record<string, unknown>): Record<string, unknown> {
  const own = matched(raw) as Record<string, unknown>;
  switch (raw["insight"] ?? "funnel") {
    case "funnel":
      return funnelOf(own, raw);
    case "trend":
      return { ...own, series: listed(raw["series"]) ?? [{ event: raw["event"], where: own["where"], measure: raw["measure"], prop: raw["prop"] }] };
    case "retention":
      return { ...own, interval: raw["period"] };
    case "paths":
      return { ...own, around: fromAround(raw["around"]), by_prop: Object.entries((raw["by_prop"] ?? {}) as Record<string, string>).map(([event, prop]) => ({ event, prop })), repeats: raw["collapse"] === false };
    default:
      return own;
  }
}
