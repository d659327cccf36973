import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Schema } from "../api/types";

export type OfferLook = Schema<"OfferLook">;
export type OfferDocument = Schema<"OfferDoc">;
export type Offer = Schema<"OfferView">;
export type OfferRequest = Schema<"OfferRequest">;

/** The rungs that the ladder knows by name; others are words of the company's own. */
export const RUNGS = ["lead-magnet", "tripwire", "core", "additional"] as const;

/** Everything about offers lies below this key. */
export const OFFERS = ["offers"] as const;

export const offersQuery = queryOptions({ queryKey: [...OFFERS, "all"], queryFn: ({ signal }) => api.get<{ items: Offer[] }>("/offers", { signal }) });
export const offerQuery = (id: string) => queryOptions({ queryKey: [...OFFERS, "one", id], queryFn: ({ signal }) => api.get<Offer>(`/offers/${id}`, { signal }) });

export const createOffer = (request: OfferRequest) => api.post<Offer>("/offers", request);
export const updateOffer = (id: string, request: OfferRequest) => api.put<Offer>(`/offers/${id}`, request);
export const deleteOffer = (id: string) => api.delete(`/offers/${id}`);
