/** Reporting periods: what the URL says, and the instants it means in the company's time zone. */

export const PRESETS = ["today", "yesterday", "7d", "30d", "90d", "month", "last_month", "year"] as const;
export type Preset = (typeof PRESETS)[number];
export const COMPARISONS = ["none", "previous", "year"] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** What a report keeps in its address. `from` and `to` are days, both included, when `period` is "custom". */
export interface PeriodSearch {
  period?: Preset | "custom";
  from?: string;
  to?: string;
  compare?: Exclude<Comparison, "none">;
}

/** Days as `YYYY-MM-DD`, both included. */
export interface Days {
  first: string;
  last: string;
}

/** Instants, the second excluded, as the API takes them. */
export interface Span {
  from: string;
  to: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 86_400_000;
export const DEFAULT_PRESET: Preset = "30d";

const isDay = (value: unknown): value is string =>
  typeof value === "string" && DAY.test(value) && !Number.isNaN(Date.parse(`${value}T00:00:00Z`));

/** Reads the period part of an address; what makes no sense is left out rather than refused. */
export function parsePeriod(search: Record<string, unknown>): PeriodSearch {
  const compare = COMPARISONS.find((known) => known === search["compare"]);
  const result: PeriodSearch = compare && compare !== "none" ? { compare } : {};
  const preset = PRESETS.find((known) => known === search["period"]);
  if (preset) return { ...result, period: preset };
  const { from, to } = search;
  if (search["period"] === "custom" && isDay(from) && isDay(to) && from <= to) {
    return { ...result, period: "custom", from, to };
  }
  return result;
}

/** The part of an address that says which days, to take along to another report. */
export const periodOnly = (search: PeriodSearch): PeriodSearch => {
  const days = parsePeriod({ ...search });
  delete days.compare;
  return days;
};

export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
}

function addMonths(day: string, count: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const lastDate = new Date(Date.UTC(year, month - 1 + count + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + count, Math.min(date, lastDate))).toISOString().slice(0, 10);
}

/** Which day it is somewhere. The Swedish locale writes ISO dates. */
export function dayAt(instantMs: number, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(instantMs);
}

/** The first instant of a day somewhere, also on days when clocks change. */
export function startOfDay(day: string, timeZone: string): string {
  const wanted = Date.parse(`${day}T00:00:00Z`);
  let instant = wanted;
  // Two rounds settle it: the first finds the offset near midnight, the second the one at midnight.
  for (let round = 0; round < 2; round++) instant = wanted - offsetMs(instant, timeZone);
  return new Date(instant).toISOString();
}

function offsetMs(instantMs: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" }).format(instantMs);
  return Date.parse(`${parts.replace(" ", "T")}Z`) - Math.floor(instantMs / 1000) * 1000;
}

/** The days that an address means today. */
export function resolveDays(search: PeriodSearch, today: string): Days {
  const monthStart = `${today.slice(0, 8)}01`;
  switch (search.period ?? DEFAULT_PRESET) {
    case "today":
      return { first: today, last: today };
    case "yesterday":
      return { first: addDays(today, -1), last: addDays(today, -1) };
    case "7d":
      return { first: addDays(today, -6), last: today };
    case "30d":
      return { first: addDays(today, -29), last: today };
    case "90d":
      return { first: addDays(today, -89), last: today };
    case "month":
      return { first: monthStart, last: today };
    case "last_month":
      return { first: addMonths(monthStart, -1), last: addDays(monthStart, -1) };
    case "year":
      return { first: `${today.slice(0, 4)}-01-01`, last: today };
    case "custom":
      return { first: search.from ?? today, last: search.to ?? today };
  }
}

/** The days to compare with: as many directly before, or the same a year earlier. */
export function comparedDays(days: Days, compare: Exclude<Comparison, "none">): Days {
  if (compare === "year") return { first: addMonths(days.first, -12), last: addMonths(days.last, -12) };
  const count = Math.round((Date.parse(days.last) - Date.parse(days.first)) / DAY_MS) + 1;
  return { first: addDays(days.first, -count), last: addDays(days.first, -1) };
}

export function spanOf(days: Days, timeZone: string): Span {
  return { from: startOfDay(days.first, timeZone), to: startOfDay(addDays(days.last, 1), timeZone) };
}
