import type { Money } from "./api/types";

/** The interface's languages, in the order in which they are offered. */
export const LANGUAGES = ["en", "nb", "sv", "da", "fi"] as const;
export type Language = (typeof LANGUAGES)[number];

/** What numbers and dates follow. English means the European kind: day before month, weeks from Monday. */
const INTL: Record<Language, string> = { en: "en-GB", nb: "nb-NO", sv: "sv-SE", da: "da-DK", fi: "fi-FI" };

export const intlLocale = (language: string): string => INTL[language as Language];

const SECOND_MS = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** How long times are written: up to `end` seconds in units of `big`, then of `small`. */
const SCALES = [
  { big: MINUTE_S, small: 1, end: HOUR_S, names: ["minute", "second"] },
  { big: HOUR_S, small: MINUTE_S, end: DAY_S, names: ["hour", "minute"] },
  { big: DAY_S, small: HOUR_S, end: Infinity, names: ["day", "hour"] },
] as const;

const formatters = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

/** Building an Intl formatter costs some 50 µs, using one about one: tables make thousands of uses. */
function cached<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(key: string, make: () => T): T {
  const found = formatters.get(key) as T | undefined;
  if (found) return found;
  const made = make();
  formatters.set(key, made);
  return made;
}

const number = (locale: string, options: Intl.NumberFormatOptions) =>
  cached(`n${locale}${JSON.stringify(options)}`, () => new Intl.NumberFormat(locale, options));

const date = (locale: string, options: Intl.DateTimeFormatOptions) =>
  cached(`d${locale}${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(locale, options));

export type DateStyle = "date" | "day" | "month" | "time" | "datetime" | "weekday";

const DATE_STYLES: Record<DateStyle, Intl.DateTimeFormatOptions> = {
  date: { day: "numeric", month: "short", year: "numeric" },
  day: { day: "numeric", month: "short" },
  month: { month: "short", year: "numeric" },
  time: { hour: "2-digit", minute: "2-digit" },
  datetime: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
  weekday: { weekday: "long", day: "numeric", month: "long" },
};

/** Every way a value is written, for one reader: their language and the company's time zone. */
export function createFormat(language: string, timeZone?: string) {
  const locale = intlLocale(language);
  const zone = timeZone ? { timeZone } : {};
  const unit = (value: number, name: string, digits = 0) =>
    // A day shortened to "d" is read as no word; the others are known short.
    number(locale, { style: "unit", unit: name, unitDisplay: name === "day" ? "long" : "short", maximumFractionDigits: digits }).format(value);

  /** Two units at most: "3 days 4 hr", "45 min", "12 sec". */
  function duration(seconds: number | null | undefined): string {
    if (seconds === null || seconds === undefined) return "–";
    if (Math.round(seconds) < MINUTE_S) return unit(seconds, "second", seconds < 10 ? 1 : 0);
    // Rounded before the scale is chosen, so that 59 min 59.8 s is an hour and not 60 minutes.
    for (const { big, small, end, names } of SCALES) {
      const total = Math.round(seconds / small) * small;
      if (total >= end) continue;
      const whole = Math.floor(total / big);
      const rest = (total % big) / small;
      // Beyond ten of the larger unit the smaller says nothing that a reader can use.
      return rest === 0 || whole >= 10 ? unit(whole, names[0]) : `${unit(whole, names[0])} ${unit(rest, names[1])}`;
    }
    return "–";
  }

  function money(amount: Money, options: { whole?: boolean } = {}): string {
    const style: Intl.NumberFormatOptions = { style: "currency", currency: amount.currency };
    const digits = number(locale, style).resolvedOptions().maximumFractionDigits ?? 2;
    const value = amount.minor / 10 ** digits;
    const hidesMinor = options.whole ?? Number.isInteger(value);
    return number(locale, hidesMinor ? { ...style, minimumFractionDigits: 0, maximumFractionDigits: 0 } : style).format(value);
  }

  /** "3 minutes ago", "yesterday"; beyond a week the date itself. */
  function ago(iso: string, nowMs: number): string {
    const seconds = (Date.parse(iso) - nowMs) / SECOND_MS;
    const size = Math.abs(seconds);
    if (size >= 7 * DAY_S) return date(locale, { ...DATE_STYLES.date, ...zone }).format(new Date(iso));
    const relative = cached(`r${locale}`, () => new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" }));
    if (size < MINUTE_S) return relative.format(0, "second");
    if (size < HOUR_S) return relative.format(Math.trunc(seconds / MINUTE_S), "minute");
    if (size < DAY_S) return relative.format(Math.trunc(seconds / HOUR_S), "hour");
    return relative.format(Math.trunc(seconds / DAY_S), "day");
  }

  return {
    locale,
    language,
    timeZone,
    integer: (value: number) => number(locale, { maximumFractionDigits: 0 }).format(value),
    decimal: (value: number, digits = 1) => number(locale, { maximumFractionDigits: digits }).format(value),
    /** 12 400 as "12k", for places too narrow for the number itself. */
    compact: (value: number) => number(locale, { notation: "compact", maximumFractionDigits: 1 }).format(value),
    /** A share of 1. One decimal below ten percent, where it decides; none where it is noise. */
    percent: (share: number | null | undefined, digits?: number) => {
      if (share === null || share === undefined || !Number.isFinite(share)) return "–";
      // All and nothing are exact: decimals would only pretend to say more.
      const places = share === 0 || share === 1 ? 0 : (digits ?? (Math.abs(share) < 0.0995 ? 1 : 0));
      return number(locale, { style: "percent", minimumFractionDigits: places, maximumFractionDigits: places }).format(share);
    },
    /** A change as a share of what was, with its sign: "+12 %". Null when nothing was there to compare with. */
    change: (now: number, before: number) =>
      before === 0
        ? null
        : number(locale, { style: "percent", signDisplay: "exceptZero", maximumFractionDigits: 0 }).format((now - before) / before),
    /** A difference of two shares in percentage points, with its sign: "+2.1". */
    points: (diff: number | null | undefined) => {
      if (diff === null || diff === undefined || !Number.isFinite(diff)) return "–";
      // Small shares change by little, and what changed is not told as nothing.
      const digits = diff !== 0 && Math.abs(diff) < 0.000_95 ? 2 : 1;
      return number(locale, { signDisplay: "exceptZero", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(diff * 100).replace("-", "−");
    },
    /** A chance as papers write it: "= 0.03", "< 0.001". */
    pValue: (chance: number) => {
      const floor = 0.001;
      return chance < floor ? `< ${number(locale, { maximumFractionDigits: 3 }).format(floor)}` : `= ${number(locale, { minimumFractionDigits: 2, maximumFractionDigits: chance < 0.01 ? 3 : 2 }).format(chance)}`;
    },
    money,
    duration,
    ago,
    date: (iso: string | number | Date, style: DateStyle = "date") =>
      date(locale, { ...DATE_STYLES[style], ...zone }).format(new Date(iso)),
    dateRange: (from: string, to: string) =>
      date(locale, { ...DATE_STYLES.date, ...zone }).formatRange(new Date(from), new Date(to)),
  };
}

export type Format = ReturnType<typeof createFormat>;
