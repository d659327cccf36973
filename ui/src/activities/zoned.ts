/** A wall clock's reading as `input type="datetime-local"` writes it: `2026-03-29T09:00`. */
export type Civil = string;

const CIVIL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Making a formatter costs far more than using it. */
function clockOf(zone: string | undefined): Intl.DateTimeFormat {
  const known = clocks.get(zone ?? "");
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-CA", { ...(zone ? { timeZone: zone } : {}), year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  clocks.set(zone ?? "", made);
  return made;
}

/** What the clock of a zone shows at a moment. */
export function toCivil(moment: string | number, zone: string | undefined): Civil {
  const read = Object.fromEntries(clockOf(zone).formatToParts(new Date(moment)).map(({ type, value }) => [type, value]));
  return `${read["year"] ?? ""}-${read["month"] ?? ""}-${read["day"] ?? ""}T${read["hour"] ?? ""}:${read["minute"] ?? ""}`;
}

/** The reading as if the clock stood in Greenwich; a browser reads times even from `:00Z`. */
const asUtc = (civil: Civil): number => (CIVIL.test(civil) ? Date.parse(`${civil.slice(0, 16)}:00Z`) : NaN);

/** The moment at which the clock of a zone shows this; null for what is no time. A time that the clock leaps over is as much later as it leaps. */
export function fromCivil(civil: Civil, zone: string | undefined): string | null {
  const wanted = asUtc(civil);
  if (Number.isNaN(wanted)) return null;
  const offset = (moment: number) => asUtc(toCivil(moment, zone)) - moment;
  // The offset before and after a change: the earlier moment that shows the time, else the one that the old offset gives.
  const before = wanted - offset(wanted - 86_400_000);
  const after = wanted - offset(wanted + 86_400_000);
  const shows = [before, after].filter((moment) => toCivil(moment, zone) === civil.slice(0, 16));
  return new Date(shows.length > 0 ? Math.min(...shows) : before).toISOString();
}

/** So many days ahead, at an hour of the zone's clock. */
export function inDays(days: number, hour: number, zone: string | undefined, now = Date.now()): string {
  const today = asUtc(`${toCivil(now, zone).slice(0, 10)}T00:00`);
  const civil = new Date(today + days * 86_400_000).toISOString().slice(0, 10);
  return fromCivil(`${civil}T${String(hour).padStart(2, "0")}:00`, zone) ?? new Date(now).toISOString();
}

/** What the clock of a zone shows now. */
export const nowCivil = (zone: string | undefined): Civil => toCivil(Date.now(), zone);
