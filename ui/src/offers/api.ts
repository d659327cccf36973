import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Money } from "../api/types";
import type { Localized } from "../localized";

export interface OfferLook {
  headline: Localized;
  image: string;
  image_alt: Localized;
  button: Localized;
  terms: Localized;
  thanks_heading: Localized;
  thanks_text: Localized;
  asks_quantity: boolean;
  asks_company: boolean;
  asks_address: boolean;
}

export interface OfferDocument {
  slug: string;
  name: Localized;
  description: Localized;
  features: Localized[];
  guarantee: Localized;
  price: Money;
  /** Hundredths of a percent. */
  tax_rate_bp: number;
  includes_tax: boolean;
  rung: string;
  look: OfferLook;
}

export interface Offer {
  id: string;
  document: OfferDocument;
  is_published: boolean;
  created_at: string;
  updated_at: string;
}

export type OfferRequest = Pick<Offer, "document" | "is_published">;

/** The rungs that the ladder knows by name; others are words of the company's own. */
export const RUNGS = ["lead-magnet", "tripwire", "core", "additional"] as const;

/** Everything about offers lies below this key. */
export const OFFERS = ["offers"] as const;

export const offersQuery = queryOptions({ queryKey: [...OFFERS, "all"], queryFn: ({ signal }) => api.get<{ items: Offer[] }>("/offers", { signal }) });
export const offerQuery = (id: string) => queryOptions({ queryKey: [...OFFERS, "one", id], queryFn: ({ signal }) => api.get<Offer>(`/offers/${id}`, { signal }) });

export const createOffer = (request: OfferRequest) => api.post<Offer>("/offers", request);
export const updateOffer = (id: string, request: OfferRequest) => api.put<Offer>(`/offers/${id}`, request);
export const deleteOffer = (id: string) => api.delete(`/offers/${id}`);

export interface UploadedFile {
  id: string;
  name: string;
  url: string;
  width_px: number | null;
  height_px: number | null;
}

export function uploadFile(file: File): Promise<UploadedFile> {
  const form = new FormData();
  form.append("file", file);
  return api.post<UploadedFile>("/files/upload", form);
}
