import { textsOf } from "../contacts/search";
import type { DealStatus } from "./api";

/** What the deals keep in their address. */
export interface DealsSearch {
  view?: "list";
  /** Its slug; the first funnel when absent. */
  funnel?: string;
  owner?: string;
  q?: string;
  /** Of the list only. */
  status?: DealStatus;
  stage?: string;
  sort?: string;
  /** The deal whose drawer is open. */
  deal?: string;
}

export function parseDeals(search: Record<string, unknown>): DealsSearch {
  const { status, view, ...texts } = textsOf(search, "funnel", "owner", "q", "stage", "sort", "deal", "status", "view");
  return {
    ...texts,
    ...(view === "list" ? { view } : {}),
    ...(status === "open" || status === "won" || status === "lost" ? { status } : {}),
  };
}
