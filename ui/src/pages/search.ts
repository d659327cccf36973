import { textsOf } from "../contacts/search";

export interface PagesSearch {
  tab?: "magnets";
  q?: string;
}

export const parsePages = (search: Record<string, unknown>): PagesSearch => (search["tab"] === "magnets" ? { tab: "magnets" } : textsOf(search, "q"));

export const parseEditor = (search: Record<string, unknown>): { locale?: string } =>
  typeof search["locale"] === "string" && search["locale"] !== "" ? { locale: search["locale"] } : {};
