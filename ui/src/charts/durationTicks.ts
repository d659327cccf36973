const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;
/** Steps between the marks of an axis of time that people count in. */
const STEPS_S = [1, 2, 5, 10, 15, 30, ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE_S), ...[1, 2, 3, 6, 12].map((n) => n * HOUR_S), ...[1, 2, 3, 5, 7, 14, 30, 60, 90, 180, 365].map((n) => n * DAY_S)];
const MARKS_MAX = 6;

/** An axis of seconds with marks at whole minutes, hours or days: what ECharts takes. */
export function durationAxis(longest: number): { interval: number; max: number } {
  const interval = STEPS_S.find((step) => longest / step <= MARKS_MAX) ?? Math.ceil(longest / MARKS_MAX / (365 * DAY_S)) * 365 * DAY_S;
  return { interval, max: Math.max(interval, Math.ceil(longest / interval) * interval) };
}
