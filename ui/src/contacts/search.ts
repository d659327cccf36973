import type { RecordsSearch } from "../records/useRecords";

/** What the list of contacts keeps in its address. */
export interface ContactsSearch extends RecordsSearch {
  channel?: string;
  /** An import, to see whom it brought. */
  source?: string;
}

/** The named texts of an address, without those that say nothing. */
export function textsOf<Name extends string>(search: Record<string, unknown>, ...names: Name[]): { [K in Name]?: string } {
  const found = names.flatMap((name) => {
    const value = search[name];
    return typeof value === "string" && value !== "" ? [[name, value] as const] : typeof value === "number" ? [[name, String(value)] as const] : [];
  });
  return Object.fromEntries(found) as { [K in Name]?: string };
}

export const parseContacts = (search: Record<string, unknown>): ContactsSearch => ({ ...parseRecords(search), ...textsOf(search, "channel", "source") });

/** What lists of records keep in their address; the router reads a filter that looks like JSON as such. */
export function parseRecords(search: Record<string, unknown>): RecordsSearch {
  const filter = search["filter"];
  return { ...textsOf(search, "q", "sort", "columns", "view"), ...(typeof filter === "string" ? { filter } : filter && typeof filter === "object" ? { filter: JSON.stringify(filter) } : {}) };
}
