import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { usersQuery } from "../deals/api";
import { fieldsQuery, type FieldEntity, type View, type ViewDefinition } from "./api";
import { customFields, type ListField } from "./fields";
import { parseFilter } from "./filter";

/** What a list keeps in its address. */
export interface RecordsSearch {
  q?: string;
  sort?: string;
  /** A condition as JSON. */
  filter?: string;
  /** The columns, parted by commas. */
  columns?: string;
  /** A saved view. */
  view?: string;
}

/** What a list shows, as views and files have it. */
export function definitionOf(search: RecordsSearch): ViewDefinition {
  return { q: search.q ?? null, filter: parseFilter(search.filter), sort: search.sort ?? null, columns: search.columns?.split(",") ?? null };
}

/** The address of a saved view; without one, of the list as it begins. */
export function searchOf(view: View | null): RecordsSearch {
  if (!view) return {};
  const { q, filter, sort, columns } = view.definition;
  return {
    view: view.id,
    ...(q ? { q } : {}),
    ...(filter ? { filter: JSON.stringify(filter) } : {}),
    ...(sort ? { sort } : {}),
    ...(columns ? { columns: columns.join(",") } : {}),
  };
}

/** The fields that a list can show and be filtered by: built-in ones that the reader's role sees, then the company's own. */
export function useListFields(entity: FieldEntity, builtIn: readonly ListField[]) {
  const { i18n } = useTranslation();
  const { data } = useQuery(fieldsQuery(entity));
  const { data: users } = useQuery(usersQuery);
  const people = (users?.items ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const hidden = new Set(data?.hidden ?? []);
  const fixed = new Set(data?.fixed ?? []);
  const seen = builtIn.filter(({ name }) => !hidden.has(name) && !(name === "name" && (hidden.has("first_name") || hidden.has("last_name"))));
  const own = customFields(data?.items ?? [], i18n.language);
  const withPeople = [...seen, ...own].map((field) => (field.kind === "user" ? { ...field, choices: people } : field));
  const isFixed = (name: string) => fixed.has(name) || (data?.items.some((field) => `fields.${field.key}` === name && field.is_fixed) ?? false);
  return { fields: withPeople, own, isHidden: (name: string) => hidden.has(name), isFixed };
}
