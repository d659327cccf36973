/** The words in which targets are written in a document: `4000 per month`, `12.5%`, `7 days`. The same as the crate `funnel` reads. */

const DAY_S = 86_400;
const MONTH_DAYS = 365.25 / 12;
export const PERIODS = ["day", "week", "month", "quarter", "year"] as const;
export type TargetPeriod = (typeof PERIODS)[number];
const PERIOD_DAYS: Record<TargetPeriod, number> = { day: 1, week: 7, month: MONTH_DAYS, quarter: 3 * MONTH_DAYS, year: 365.25 };

export const UNITS = ["minute", "hour", "day", "week"] as const;
export type TimeUnit = (typeof UNITS)[number];
const UNIT_S: Record<TimeUnit, number> = { minute: 60, hour: 3600, day: DAY_S, week: 7 * DAY_S };

export interface PeopleTarget {
  count: number;
  per: TargetPeriod;
}

export interface TimeTarget {
  count: number;
  unit: TimeUnit;
}

export function readPeople(text: string | null | undefined): PeopleTarget | null {
  const [, count, per] = /^\s*(\d+)\s+per\s+(\w+)\s*$/.exec(text ?? "") ?? [];
  const known = PERIODS.find((period) => period === per);
  return count !== undefined && known ? { count: Number(count), per: known } : null;
}

export const writePeople = ({ count, per }: PeopleTarget): string => `${count} per ${per}`;

/** `12.5%` as 0.125. */
export function readRate(text: string | null | undefined): number | null {
  const [, number] = /^\s*(\d{1,3}(?:\.\d{1,2})?)\s*%\s*$/.exec(text ?? "") ?? [];
  const share = Number(number) / 100;
  return number !== undefined && share <= 1 ? share : null;
}

/** A percentage as it is written in a document, with two decimals at most. */
export const writeRate = (percent: number): string => `${Math.round(percent * 100) / 100}%`;

export function readTime(text: string | null | undefined): TimeTarget | null {
  const [, count, unit] = /^\s*(\d+)\s+(minute|hour|day|week)s?\s*$/.exec(text ?? "") ?? [];
  const known = UNITS.find((name) => name === unit);
  return count !== undefined && known && Number(count) > 0 ? { count: Number(count), unit: known } : null;
}

export const writeTime = ({ count, unit }: TimeTarget): string => `${count} ${unit}${count === 1 ? "" : "s"}`;

export const seconds = ({ count, unit }: TimeTarget): number => count * UNIT_S[unit];

/** How many people a target means for so many days. */
export const peopleOver = ({ count, per }: PeopleTarget, days: number): number => (count * days) / PERIOD_DAYS[per];

/** Decimals of a target's share: those that were written. */
export const targetDigits = (share: number): number => [0, 1, 2].find((digits) => Math.abs(share * 100 * 10 ** digits - Math.round(share * 100 * 10 ** digits)) < 1e-6) ?? 2;
