import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Schema } from "../api/types";

export type Entity = "contact" | "company";
export type Field = Schema<"Field">;
export type FieldKind = Schema<"RecordFieldKind">;
export type FieldList = Schema<"FieldList">;
export type FieldAccess = Schema<"FieldAccess">;
export type NewField = Schema<"NewField">;
export type FieldChange = Schema<"FieldChange">;
export type FieldEntity = Schema<"FieldEntity">;
export type View = Schema<"View">;
export type ViewDefinition = Schema<"ViewDefinition">;
export type BulkEdit = Schema<"BulkEdit">;
export type BulkRequest = Schema<"BulkRequest">;

/** Fields and views change seldom; what changes them says so. */
const FRESH_MS = 60_000;

export const FIELDS = ["fields"] as const;
export const VIEWS = ["views"] as const;

/** Where an entity lives in the API. */
export const PATHS: Record<Entity, string> = { contact: "/contacts", company: "/companies" };

export const fieldsQuery = (entity: FieldEntity) =>
  queryOptions({ queryKey: [...FIELDS, entity], staleTime: FRESH_MS, queryFn: ({ signal }) => api.get<FieldList>("/fields", { query: { entity }, signal }) });

export const createField = (field: NewField) => api.post<Field>("/fields", field);
export const updateField = (id: string, change: FieldChange) => api.patch<Field>(`/fields/${id}`, change);
export const orderFields = (entity: FieldEntity, ids: string[]) => api.put<FieldList>("/fields/order", { entity, ids });
export const setAccess = (entity: FieldEntity, access: FieldAccess) => api.put<FieldList>("/fields/access", access, { query: { entity } });

export const viewsQuery = (entity: Entity) =>
  queryOptions({ queryKey: [...VIEWS, entity], staleTime: FRESH_MS, queryFn: ({ signal }) => api.get<{ items: View[] }>("/views", { query: { entity }, signal }) });

export const createView = (view: Schema<"NewView">) => api.post<View>("/views", view);
export const updateView = (id: string, change: Schema<"ViewChange">) => api.patch<View>(`/views/${id}`, change);
export const deleteView = (id: string) => api.delete(`/views/${id}`);

export const startBulk = (entity: Entity, request: BulkRequest) => api.post<BulkEdit>(`${PATHS[entity]}/bulk`, request);
export const fetchBulk = (id: string) => api.get<BulkEdit>(`/bulk-edits/${id}`);
export const undoBulk = (id: string) => api.post<BulkEdit>(`/bulk-edits/${id}/undo`);

export const exportRecords = (entity: Entity, request: Schema<"RecordExportRequest">, onBytes?: (bytes: number) => void) =>
  api.postForFile(`${PATHS[entity]}/export`, request, { timeoutMs: 30 * 60_000 }, onBytes);
