import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Schema } from "../api/types";

export type Duplicate = Schema<"DuplicateView">;
export type DuplicateSide = Schema<"DuplicateSide">;
export type Merge = Schema<"MergeView">;

/** Everything about contacts that look alike lies below this key. */
export const DUPLICATES = ["duplicates"] as const;

export const duplicatesQuery = queryOptions({ queryKey: [...DUPLICATES, "list"], queryFn: ({ signal }) => api.get<Schema<"DuplicateList">>("/duplicates", { signal }) });
export const mergesQuery = queryOptions({ queryKey: [...DUPLICATES, "merges"], queryFn: ({ signal }) => api.get<Schema<"MergeList">>("/merges", { signal }) });

const pairOf = ({ left, right }: Duplicate) => ({ left_id: left.contact.id, right_id: right.contact.id });

export const lookForDuplicates = () => api.post("/duplicates/look");
export const refuseDuplicate = (pair: Duplicate) => api.post("/duplicates/refuse", pairOf(pair));
export const reconsiderDuplicate = (pair: Duplicate) => api.post("/duplicates/reconsider", pairOf(pair));
/** The left one is kept; `take` names what is taken from the right one. */
export const mergeDuplicate = (pair: Duplicate, take: readonly Field[]) => api.post<Merge>(`/contacts/${pair.left.contact.id}/merge`, { other_id: pair.right.contact.id, take });
export const undoMerge = (id: string) => api.post<Merge>(`/merges/${id}/undo`);

/** What can be chosen from either contact, in the order in which it is shown. */
export const FIELDS = ["first_name", "last_name", "email", "phone", "company", "locale"] as const;
export type Field = (typeof FIELDS)[number];

/** The fields in which the two differ and both know something: those are to be chosen. */
export function openFields({ left, right }: Duplicate): Field[] {
  return FIELDS.filter((field) => left.contact[field] && right.contact[field] && left.contact[field] !== right.contact[field]);
}
