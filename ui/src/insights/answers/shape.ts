/** The API's answers as charts and tables need them. Nothing here knows of languages or colours. */
import { addDays, dayAt, startOfDay } from "../../period";
import { groupBy } from "../../groupBy";
import type { Schema } from "../../api/types";
import type { AnswerOf } from "../api";
import type { Interval } from "../ask";

export interface Line {
  name: string;
  values: readonly (number | null)[];
  total: number | null;
  /** Place in the palette. */
  hue: number;
  /** What it is to the line that it goes with: the same in another period, or the values behind a mean. */
  role?: "former" | "raw";
  /** Whose people stand behind its values; nobody's behind a formula or a mean. */
  people?: { series?: number; value?: string };
}

function addMonth(day: string): string {
  const [year = 0, month = 1] = day.split("-").map(Number);
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
}

/** When the bucket that begins at `start` ends, in milliseconds. */
export function bucketEnd(start: string, interval: Interval, zone: string): number {
  const day = dayAt(Date.parse(start), zone);
  const next = interval === "month" ? addMonth(day) : addDays(day, interval === "week" ? 7 : 1);
  return Date.parse(startOfDay(next, zone));
}

/** Whether the last bucket has not been counted to its end: it is still running, or the period cuts it off. */
export function isUnfinished(starts: readonly string[], interval: Interval, zone: string, to: string, nowMs: number): boolean {
  const last = starts.at(-1);
  return last !== undefined && bucketEnd(last, interval, zone) > Math.min(Date.parse(to), nowMs);
}

type TrendAnswer = Schema<"TrendAnswer">;

interface TrendNames {
  /** What each series is called, in the order asked. */
  series: readonly string[];
  /** What a value of the breakdown is called. */
  value: (value: string) => string;
  formula: string | undefined;
  rest: (count: number) => string;
  /** The mean of a line. */
  mean: (name: string) => string;
}

/** The lines of a trend: its values of a breakdown, else its formula, else its series. */
export function trendLines(answer: TrendAnswer, names: TrendNames): Line[] {
  const [first = ""] = names.series;
  const raw: (Omit<Line, "hue"> & { mean?: readonly (number | null)[] | undefined })[] = answer.breakdown
    ? [
        ...answer.breakdown.map((one) => ({ name: names.value(one.value), values: one.values, total: one.total, mean: one.moving_average, ...(names.formula === undefined ? { people: { value: one.value } } : {}) })),
        ...(answer.rest && answer.rest.value_count > 0 ? [{ name: names.rest(answer.rest.value_count), values: answer.rest.values, total: answer.rest.total, mean: answer.rest.moving_average }] : []),
      ]
    : names.formula === undefined && answer.series
      ? answer.series.map((one, index) => ({ name: names.series[index] ?? one.name, values: one.values, total: one.total, mean: index === 0 ? answer.moving_average : undefined, people: { series: index } }))
      : [{ name: names.formula ?? first, values: answer.values, total: answer.total, mean: answer.moving_average, ...(names.formula === undefined ? { people: {} } : {}) }];
  return raw.flatMap(({ mean, ...line }, hue) =>
    // The mean takes the line's place and the values stay behind it; their sum is the same thing's.
    mean ? [{ name: names.mean(line.name), values: mean, total: line.total, hue }, { ...line, hue, role: "raw" as const }] : [{ ...line, hue }],
  );
}

/** One cohort: how many it began with, and how many of them were there in each later column. */
export interface CohortRow {
  start: string;
  size: number;
  cells: readonly (CohortCell | null)[];
}

export interface CohortCell {
  count: number;
  share: number;
  /** Its period is still running: it can only grow. */
  isUnfinished: boolean;
}

export interface CohortTable {
  rows: CohortRow[];
  /** Of all who could have been there by now, the share that was; null where nobody could. */
  average: (number | null)[];
  total: number;
}

/**
 * Retention by cohort. `lengths` are the brackets where they are asked for: column k then spans several periods.
 * Cells in the future are null, and the average counts only finished ones.
 */
export function cohortTable(answer: Schema<"RetentionAnswer">, lengths: readonly number[] | null, interval: Interval, zone: string, nowMs: number): CohortTable {
  const { starts, cohorts } = answer;
  const columns = Math.max(0, ...cohorts.map((cohort) => cohort.length - 1));
  const ends = starts.map((start) => bucketEnd(start, interval, zone));
  const reach = (column: number): [number, number] => {
    if (!lengths) return [column + 1, column + 1];
    const before = lengths.slice(0, column).reduce((sum, length) => sum + length, 1);
    return [before, before + (lengths[column] ?? 1) - 1];
  };
  const rows = cohorts.flatMap((cohort, index): CohortRow[] => {
    const start = starts[index];
    const [size = 0, ...later] = cohort;
    if (start === undefined || Date.parse(start) > nowMs) return [];
    const cells = later.map((count, column): CohortCell | null => {
      const [first, last] = reach(column);
      const begin = starts[index + first];
      const end = ends[index + last] ?? Infinity;
      if (begin === undefined || Date.parse(begin) > nowMs) return null;
      return { count, share: size > 0 ? count / size : 0, isUnfinished: end > nowMs };
    });
    return [{ start, size, cells }];
  });
  const average = Array.from({ length: columns }, (_, column) => {
    const counted = rows.flatMap(({ size, cells }) => {
      const cell = cells[column];
      return cell && !cell.isUnfinished && size > 0 ? [{ size, count: cell.count }] : [];
    });
    const people = counted.reduce((sum, { size }) => sum + size, 0);
    return people > 0 ? counted.reduce((sum, { count }) => sum + count, 0) / people : null;
  });
  return { rows, average, total: rows.reduce((sum, { size }) => sum + size, 0) };
}

export interface PathStep {
  id: string;
  step: number;
  label: string;
  sessions: number;
  /** Sessions that went on from here by the links shown. */
  onwards: number;
}

/** The steps of paths with how many went on from each. Labels in the order of their size, for their colours. */
export function pathSteps(answer: AnswerOf<"paths">): { steps: PathStep[]; labels: string[] } {
  const onwards = new Map<string, number>();
  for (const { source, sessions } of answer.links) onwards.set(source, (onwards.get(source) ?? 0) + sessions);
  const sizes = new Map<string, number>();
  for (const { label, sessions } of answer.nodes) sizes.set(label, (sizes.get(label) ?? 0) + sessions);
  const labels = [...sizes].sort(([, a], [, b]) => b - a).map(([label]) => label);
  const steps = answer.nodes.map((node) => ({ ...node, onwards: Math.min(onwards.get(node.id) ?? 0, node.sessions) }));
  return { steps, labels };
}

export interface PathLink {
  source: string;
  target: string;
  sessions: number;
  /** Null where several ways were put together. */
  median_s: number | null;
}

/** The steps of one place that are too many to be drawn, as one. */
export interface RestStep extends PathStep {
  /** How many steps it stands for. */
  folded: number;
}

export const isRest = (step: PathStep): step is RestStep => "folded" in step;

/** Paths of which each place keeps its largest steps; the others there are one, and so are their ways. */
export function foldPaths(steps: readonly PathStep[], links: readonly PathLink[], most: number): { steps: PathStep[]; links: PathLink[] } {
  const places = groupBy(steps, ({ step }) => step);
  const folded = new Map<string, string>();
  const kept = [...places].flatMap(([place, all]): PathStep[] => {
    if (all.length <= most) return all;
    const ordered = [...all].sort((a, b) => b.sessions - a.sessions);
    const rest = ordered.slice(most - 1);
    const id = `rest:${place}`;
    rest.forEach((step) => folded.set(step.id, id));
    const sum = (of: "sessions" | "onwards") => rest.reduce((total, step) => total + step[of], 0);
    const one: RestStep = { id, step: place, label: "", sessions: sum("sessions"), onwards: sum("onwards"), folded: rest.length };
    return [...ordered.slice(0, most - 1), one];
  });
  if (folded.size === 0) return { steps: [...steps], links: [...links] };
  const ways = new Map<string, PathLink>();
  for (const link of links) {
    const [source, target] = [folded.get(link.source) ?? link.source, folded.get(link.target) ?? link.target];
    const key = JSON.stringify([source, target]);
    const former = ways.get(key);
    ways.set(key, former ? { ...former, sessions: former.sessions + link.sessions, median_s: null } : { ...link, source, target });
  }
  return { steps: kept, links: [...ways.values()] };
}

/** A lower edge, the edge of the next bar, and the people between. */
export interface Bin {
  from_s: number;
  to_s: number;
  people: number;
}

/** The histogram's bars; empty ones at the end say nothing and are left out. */
export function histogramBins(histogram: { bins: readonly (readonly [number, number])[]; width_s: number }): Bin[] {
  const last = histogram.bins.findLastIndex(([, people]) => people > 0);
  return histogram.bins.slice(0, last + 1).map(([from, people]) => ({ from_s: from, to_s: from + histogram.width_s, people }));
}

/** Where times lie between the shortest and the longest of them, in percent; logarithmic, as steps take seconds or weeks. */
export function durationScale(times: readonly (number | null)[]): (seconds: number | null) => number {
  const known = times.flatMap((time) => (time === null ? [] : [Math.log(Math.max(time, 1))]));
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return (seconds) => (seconds === null || high <= low ? 0 : Math.round(((Math.log(Math.max(seconds, 1)) - low) / (high - low)) * 10_000) / 100);
}
