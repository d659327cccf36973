import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Schema } from "../api/types";
import { CONTACTS } from "../contacts/api";
import type { PeopleOf } from "../funnels/PeopleDrawer";
import type { Condition } from "../records/filter";

export type Segment = Schema<"SegmentView">;
export type SegmentRequest = Schema<"SegmentRequest">;
export type SegmentAnswer = Schema<"SegmentAnswer">;
export type Explained = Schema<"ConditionExplained">;

/** Everything about segments lies below this key. */
export const SEGMENTS = ["segments"] as const;
export const NAME_MAX = 120;
export const DESCRIPTION_MAX = 1_000;
/** People put in or taken out with one request. */
export const CHOSEN_MAX = 1_000;

/** Segments change seldom; what changes them says so. */
const FRESH_MS = 30_000;
/** A new rule takes a moment to be counted: when the number is looked for again. */
const COUNTING_MS = 1_000;

export const segmentsQuery = queryOptions({
  queryKey: [...SEGMENTS, "list"],
  queryFn: ({ signal }) => api.get<{ items: Segment[] }>("/segments", { signal }),
  staleTime: FRESH_MS,
  refetchInterval: ({ state }) => (state.data?.items.some(({ is_counted }) => !is_counted) ? COUNTING_MS : false),
});

export const segmentQuery = (id: string) =>
  queryOptions({
    queryKey: [...SEGMENTS, "one", id],
    queryFn: ({ signal }) => api.get<Segment>(`/segments/${id}`, { signal }),
    refetchInterval: ({ state }) => (state.data && !state.data.is_counted ? COUNTING_MS : false),
  });

/** Who would be in a segment. The former answer stays until the next one is there. */
export const previewQuery = (rule: Condition | null, id: string | null) =>
  queryOptions({
    queryKey: [...SEGMENTS, "preview", rule, id],
    queryFn: ({ signal }) => api.post<Schema<"SegmentPreview">>("/segments/preview", { rule, ...(id ? { id } : {}) }, { signal }),
    enabled: rule !== null,
    placeholderData: (former) => former,
    retry: false,
  });

export const contactSegmentsQuery = (contact: string) =>
  queryOptions({ queryKey: [...CONTACTS, contact, "segments"], queryFn: ({ signal }) => api.get<Schema<"ContactSegments">>(`/contacts/${contact}/segments`, { signal }) });

export const whyQuery = (id: string, contact: string) =>
  queryOptions({ queryKey: [...CONTACTS, contact, "segments", id], queryFn: ({ signal }) => api.get<SegmentAnswer>(`/segments/${id}/contacts/${contact}`, { signal }) });

export const createSegment = (request: SegmentRequest) => api.post<Segment>("/segments", request);
export const updateSegment = (id: string, request: SegmentRequest) => api.put<Segment>(`/segments/${id}`, request);
export const deleteSegment = (id: string) => api.delete(`/segments/${id}`);
export const segmentFromPeople = (name: string, people: PeopleOf) => api.post<Segment>("/segments/from-people", { name, people });

/** Puts people in and takes others out, as many requests as that takes. */
export async function choosePeople(id: string, change: { add?: readonly string[]; remove?: readonly string[] }): Promise<Segment> {
  const parts = [...inParts(change.add ?? []).map((add) => ({ add, remove: [] })), ...inParts(change.remove ?? []).map((remove) => ({ add: [], remove }))];
  let segment: Segment | undefined;
  for (const part of parts) segment = await api.post<Segment>(`/segments/${id}/people`, part);
  return segment ?? api.get<Segment>(`/segments/${id}`);
}

const inParts = (ids: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / CHOSEN_MAX) }, (_, part) => ids.slice(part * CHOSEN_MAX, (part + 1) * CHOSEN_MAX));

/** After somebody entered or left a segment, what may show that is read again. */
export const forgetSegments = (queries: QueryClient): Promise<unknown> =>
  Promise.all([queries.invalidateQueries({ queryKey: SEGMENTS }), queries.invalidateQueries({ queryKey: CONTACTS })]);

/** The address of the contacts in a segment. */
export const contactsIn = (id: string): string => `/contacts?filter=${encodeURIComponent(JSON.stringify({ segment: id }))}`;
