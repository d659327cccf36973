import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Page, Schema } from "../api/types";

export type ImportState = Schema<"ImportState">;
export type TimeFormat = Schema<"TimeFormat">;
export type ValueType = Schema<"ValueType">;
export const TIME_FORMATS = ["year_first", "day_first", "month_first", "epoch_seconds", "epoch_ms", "epoch_us", "excel_serial"] as const satisfies readonly TimeFormat[];
export const VALUE_TYPES = ["text", "number", "number_comma", "bool"] as const satisfies readonly ValueType[];
export const NAMESPACES = ["user", "anonymous", "former"] as const satisfies readonly Schema<"PersonNamespace">[];
export const KINDS = ["events", "contacts", "companies", "deals"] as const satisfies readonly Schema<"ImportKind">[];
export const CONSENT_STATES = ["subscribed", "unsubscribed", "cleaned", "not_asked"] as const satisfies readonly Schema<"ConsentStatus">[];

/** What a column means; which of the further fields there are follows from `to`. */
export type Target = Schema<"ImportTarget">;
export type TargetName = Target["to"];
export type ColumnRule = Schema<"ColumnRule">;
export type Mapping = Schema<"Mapping">;
export type Counts = Schema<"Counts">;
export type RefusedKind = Schema<"RefusedKind">;
export type ImportView = Schema<"ImportView">;
export type RowRefused = Schema<"RowRefused">;
export type RefusedRow = Schema<"RefusedRow">;
export type ColumnGuess = Schema<"ColumnGuess">;
/** What a column would be as a field of the company's own. */
export type SuggestedField = Schema<"SuggestedField">;
export type StageName = Schema<"StageName">;
export type Preview = Schema<"ImportPreview">;
export type PreviewResult = Schema<"PreviewResult">;
export type MappedEvent = NonNullable<PreviewResult["event"]>;
/** `field` names a column of the file or a part of the mapping. */
export type MappingProblem = Schema<"MappingError">;
export type ReportKind = "import" | "check";

/** Everything about imports lies below this key. */
export const IMPORTS = ["imports"] as const;
const POLL_MS = 1_000;

const BUSY: readonly ImportState[] = ["checking", "running", "undoing"];
export const isBusy = (state: ImportState): boolean => BUSY.includes(state);

/** How far the work on an import is, 0 to 1. */
export const shareDone = ({ bytes_done, size_bytes }: Pick<ImportView, "bytes_done" | "size_bytes">): number =>
  size_bytes > 0 ? Math.min(bytes_done / size_bytes, 1) : 0;

export const fetchImports = (cursor: string | null, signal?: AbortSignal) => api.page<ImportView>("/imports", cursor, signal ? { signal } : {});

export const importQuery = (id: string) =>
  queryOptions({
    queryKey: [...IMPORTS, id],
    queryFn: ({ signal }) => api.get<ImportView>(`/imports/${id}`, { signal }),
    // Asked again only while something is under way.
    refetchInterval: ({ state }) => (state.data && isBusy(state.data.state) ? POLL_MS : false),
  });

export const previewQuery = (id: string, mapping: Mapping | null) =>
  queryOptions({
    queryKey: [...IMPORTS, id, "preview", mapping],
    queryFn: ({ signal }) => api.post<Preview>(`/imports/${id}/preview`, mapping ? { mapping } : {}, { signal }),
    placeholderData: (former) => former,
    staleTime: Infinity,
  });

/** Another guess: what the columns mean when the rows are of that kind. */
export const guessAs = (id: string, kind: Mapping["kind"]) => api.post<Preview>(`/imports/${id}/preview`, { kind });

export const fetchRefused = (id: string, kind: ReportKind, cursor: string | null, signal?: AbortSignal) =>
  api.get<Page<RefusedRow>>(`/imports/${id}/refused`, { query: { kind, cursor }, ...(signal ? { signal } : {}) });

export const uploadImport = (file: File) => api.upload<ImportView>("/imports/upload", file);
export const startImport = (id: string, mapping: Mapping, isDryRun: boolean) => api.post<ImportView>(`/imports/${id}/start`, { mapping, is_dry_run: isDryRun });
export const cancelImport = (id: string) => api.post<ImportView>(`/imports/${id}/cancel`);
export const undoImport = (id: string) => api.post<ImportView>(`/imports/${id}/undo`);
export const deleteImport = (id: string) => api.delete(`/imports/${id}`);
