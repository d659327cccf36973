/** What the list of contacts keeps in its address. */
export interface ContactsSearch {
  q?: string;
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

export const parseContacts = (search: Record<string, unknown>): ContactsSearch => textsOf(search, "q", "channel", "source");
