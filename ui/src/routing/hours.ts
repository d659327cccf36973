import type { WorkingHours } from "./api";

/** A stretch of a weekday in the form; a day without one is free. */
export interface DayForm {
  day: number;
  from: string;
  to: string;
}

export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const;

/** Days that have the same stretches, told together: "Mon–Fri 08:00–16:00". */
export function weekTold(days: WorkingHours["days"], dayName: (day: number) => string): string {
  const stretches = (day: number) => days.filter((one) => one.day === day).map(({ from, to }) => `${from}–${to}`).sort().join(", ");
  const parts: { first: number; last: number; text: string }[] = [];
  for (const day of WEEKDAYS) {
    const text = stretches(day);
    const last = parts.at(-1);
    if (last?.last === day - 1 && last.text === text) last.last = day;
    else parts.push({ first: day, last: day, text });
  }
  const span = ({ first, last }: { first: number; last: number }) => (first === last ? dayName(first) : `${dayName(first)}–${dayName(last)}`);
  return parts.filter(({ text }) => text !== "").map((part) => `${span(part)} ${part.text}`).join(" · ");
}

/** Whether the days of a time away are over: they need not be told any more. */
export const isPast = (until: string, today: string): boolean => until < today;
