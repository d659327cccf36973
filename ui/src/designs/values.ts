/** Values of the document that are written as words: `7 days`, `4000 per month`, `12.5%`. */

export const TIME_UNITS = ["minutes", "hours", "days", "weeks"] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];
export const PERIODS = ["day", "week", "month", "quarter", "year"] as const;
export type Period = (typeof PERIODS)[number];

export interface Span {
  count: number;
  unit: TimeUnit;
}

export function readSpan(text: string | undefined): Span | null {
  const [, count, word] = /^(\d+) (minute|hour|day|week)s?$/.exec(text?.trim() ?? "") ?? [];
  return count && word ? { count: Number(count), unit: `${word}s` as TimeUnit } : null;
}

export const writeSpan = ({ count, unit }: Span): string => `${count} ${count === 1 ? unit.slice(0, -1) : unit}`;

export function readPeople(text: string | undefined): { count: number; per: Period } | null {
  const [, count, per] = /^(\d+) per (day|week|month|quarter|year)$/.exec(text?.trim() ?? "") ?? [];
  return count && per ? { count: Number(count), per: per as Period } : null;
}

export const writePeople = (count: number, per: Period): string => `${count} per ${per}`;

export const readRate = (text: string | undefined): number | null => {
  const [, number] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text?.trim() ?? "") ?? [];
  return number === undefined ? null : Number(number);
};

/** At most two decimals, from 0 to 100. */
export const writeRate = (percent: number): string => `${Math.round(Math.min(100, Math.max(0, percent)) * 100) / 100}%`;

/** The object without what is empty: an empty list, text or object says no more than nothing. */
export function tidy<T extends object>(value: T): T {
  const isEmpty = (one: unknown): boolean =>
    one === undefined || one === null || one === "" || one === false ||
    (Array.isArray(one) ? one.length === 0 : typeof one === "object" && Object.keys(one).length === 0);
  return Object.fromEntries(Object.entries(value).filter(([, one]) => !isEmpty(one))) as T;
}

/** The list with one entry changed, added or removed. */
export const replaced = <T,>(list: readonly T[], at: number, next: T): T[] => list.map((one, place) => (place === at ? next : one));
export const without = <T,>(list: readonly T[], at: number): T[] => list.filter((_, place) => place !== at);
