import { textsOf } from "../contacts/search";
import { parsePeriod, type PeriodSearch } from "../period";

/** What the team report keeps in its address. */
export interface TeamSearch extends PeriodSearch {
  funnel?: string;
  team?: string;
  /** Whose numbers are opened. */
  person?: string;
}

export const parseTeam = (search: Record<string, unknown>): TeamSearch => ({ ...parsePeriod(search), ...textsOf(search, "funnel", "team", "person") });
