import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Page, Schema } from "../api/types";
import type { Contact } from "../contacts/api";

export type Company = Schema<"CompanyRecord">;
export type CompanyChange = Schema<"CompanyChange">;
export type CompanyEvent = Schema<"CompanyEvent">;
export type CompanyDeals = Schema<"CompanyDeals">;

export interface CompanyFilter {
  q?: string | undefined;
  sort?: string | undefined;
  filter?: string | undefined;
}

/** Everything about companies lies below this key. */
export const COMPANIES = ["companies"] as const;

export const fetchCompanies = (filter: CompanyFilter, cursor: string | null, signal?: AbortSignal) =>
  api.page<Company>("/companies", cursor, { query: { ...filter }, ...(signal ? { signal } : {}) });

export const companyQuery = (id: string) =>
  queryOptions({ queryKey: [...COMPANIES, id], queryFn: ({ signal }) => api.get<Company>(`/companies/${id}`, { signal }) });

export const companyDealsQuery = (id: string) =>
  queryOptions({ queryKey: [...COMPANIES, id, "deals"], queryFn: ({ signal }) => api.get<CompanyDeals>(`/companies/${id}/deals`, { signal }) });

export const companyPeopleFilter = (id: string) => JSON.stringify({ field: "company_id", is: id });

export const companyPeopleQuery = (id: string) =>
  queryOptions({ queryKey: ["contacts", "list", { company: id }], queryFn: ({ signal }) => api.get<Page<Contact>>("/contacts", { query: { filter: companyPeopleFilter(id), sort: "name", limit: 20 }, signal }) });

export const createCompany = (change: CompanyChange) => api.post<Company>("/companies", change);
export const updateCompany = (id: string, change: CompanyChange) => api.patch<Company>(`/companies/${id}`, change);
export const deleteCompany = (id: string) => api.delete(`/companies/${id}`);
