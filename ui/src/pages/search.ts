export interface PagesSearch {
  tab?: "magnets";
}

export const parsePages = (search: Record<string, unknown>): PagesSearch => (search["tab"] === "magnets" ? { tab: "magnets" } : {});

export const parseEditor = (search: Record<string, unknown>): { locale?: string } =>
  typeof search["locale"] === "string" && search["locale"] !== "" ? { locale: search["locale"] } : {};
