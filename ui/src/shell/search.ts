import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Schema } from "../api/types";
import type { Section } from "./sections";

export type SearchNoun = Schema<"SearchNoun">;

/** The screen that a noun belongs to: its name and picture. A new noun is a line here and one in [`hitPath`]. */
export const NOUN_SECTION: Record<SearchNoun, Section["name"]> = { contact: "contacts", deal: "deals", order: "orders", page: "pages", offer: "offers" };

/** Where a thing is looked at. Deals open beside their board. */
export const hitPath = (noun: SearchNoun, id: string): string => (noun === "deal" ? `/deals?deal=${id}` : `/${NOUN_SECTION[noun]}/${id}`);

/** What has a name like that. What was found last stays until the answer is there, so that the list does not flicker. */
export const useFound = (text: string) =>
  useQuery({
    queryKey: ["search", text],
    queryFn: ({ signal }) => api.get<Schema<"SearchAnswer">>("/search", { query: { q: text }, signal }),
    enabled: text !== "",
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
