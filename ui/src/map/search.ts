import { parsePeriod, type PeriodSearch } from "../period";

export const VIEWS = ["map", "picture", "journey"] as const;
export type MapViewName = (typeof VIEWS)[number];

/** What the map's address says, so that it can be shared. */
export interface MapSearch extends PeriodSearch {
  /** Slug or id of the funnel; the first one when left out. */
  funnel?: string;
  view?: MapViewName;
  /** The stage whose panel is open. */
  stage?: string;
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Reads the address; what makes no sense is left out. */
export function parseMap(search: Record<string, unknown>): MapSearch {
  const found = { funnel: text(search["funnel"]), view: VIEWS.find((view) => view === search["view"]), stage: text(search["stage"]) };
  const period = parsePeriod(search);
  // One picture shows one period.
  delete period.compare;
  return { ...period, ...Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) };
}
