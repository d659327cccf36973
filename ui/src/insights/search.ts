import { textsOf } from "../contacts/search";

/** What the list of saved insights keeps in its address. */
export interface InsightsSearch {
  q?: string;
  /** One kind only. */
  insight?: string;
}

export const parseInsights = (search: Record<string, unknown>): InsightsSearch => textsOf(search, "q", "insight");
