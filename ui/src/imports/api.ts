import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Page } from "../api/types";

export type ImportState = "ready" | "checking" | "running" | "done" | "failed" | "cancelled" | "undoing" | "undone";
export const TIME_FORMATS = ["year_first", "day_first", "month_first", "epoch_seconds", "epoch_ms", "epoch_us", "excel_serial"] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];
export const VALUE_TYPES = ["text", "number", "number_comma", "bool"] as const;
export type ValueType = (typeof VALUE_TYPES)[number];
export const NAMESPACES = ["user", "anonymous", "former"] as const;
export const CONSENT_STATES = ["subscribed", "unsubscribed", "cleaned", "not_asked"] as const;

/** What a column means; which of the further fields there are follows from `to`. */
export interface Target {
  to: TargetName;
  format?: TimeFormat;
  namespace?: (typeof NAMESPACES)[number];
  name?: string;
  value?: ValueType;
}

export type TargetName =
  | "skip" | "event" | "call_type" | "time" | "person" | "message_id" | "property" | "property_else" | "properties" | "trait"
  | "email" | "phone" | "first_name" | "last_name" | "full_name" | "company" | "locale" | "tags" | "created_at" | "consent" | "opt_out" | "consent_at";

export interface ColumnRule extends Target {
  column: string;
}

export interface Mapping {
  kind: "events" | "contacts";
  shape: string;
  event_name?: string;
  event_names?: Record<string, string>;
  time_zone: string;
  columns: ColumnRule[];
  others: "keep" | "skip";
  consent?: (typeof CONSENT_STATES)[number];
  makes_contacts: boolean;
}

export interface Counts {
  rows: number;
  refused: number;
  events_added: number;
  events_repeated: number;
  contacts_added: number;
  contacts_changed: number;
  contacts_repeated: number;
}

export interface RefusedKind {
  column: string | null;
  reason: string;
  rows: number;
  first_line: number;
}

export interface ImportView {
  id: string;
  file_name: string;
  size_bytes: number;
  state: ImportState;
  hint: Record<string, unknown>;
  mapping: Mapping | null;
  counts: Counts;
  refused_kinds: RefusedKind[];
  bytes_done: number;
  check: { counts: Counts; refused_kinds: RefusedKind[] } | null;
  undo: { events_removed: number; contacts_removed: number; contacts_kept: number; consents_removed: number } | null;
  error: string | null;
  created_by: string;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

export interface RowRefused {
  line: number;
  column: string | null;
  value: string | null;
  reason: string;
}

export interface RefusedRow extends RowRefused {
  row: string;
}

export interface ColumnGuess extends ColumnRule {
  confidence: number;
  sentence: string;
  examples: string[];
}

export interface MappedEvent {
  name: string;
  at: string;
  person: string;
  properties: Record<string, unknown>;
}

export interface Preview {
  format: "csv" | "jsonl" | "parquet";
  is_packed: boolean;
  encoding: string | null;
  columns: string[];
  rows: { line: number; cells: string[] }[];
  guess: { mapping: Mapping; columns: ColumnGuess[]; confidence: number; sentences: string[]; problems: MappingProblem[] };
  results: { line: number; event: MappedEvent | null; contact: Record<string, unknown> | null; refused: RowRefused | null }[];
  unreadable: RowRefused[];
  problems: MappingProblem[];
}

/** `field` names a column of the file or a part of the mapping. */
export interface MappingProblem {
  field: string;
  message: string;
}

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

export const fetchRefused = (id: string, kind: ReportKind, cursor: string | null, signal?: AbortSignal) =>
  api.get<Page<RefusedRow>>(`/imports/${id}/refused`, { query: { kind, cursor }, ...(signal ? { signal } : {}) });

export const uploadImport = (file: File) => api.upload<ImportView>("/imports/upload", file);
export const startImport = (id: string, mapping: Mapping, isDryRun: boolean) => api.post<ImportView>(`/imports/${id}/start`, { mapping, is_dry_run: isDryRun });
export const cancelImport = (id: string) => api.post<ImportView>(`/imports/${id}/cancel`);
export const undoImport = (id: string) => api.post<ImportView>(`/imports/${id}/undo`);
export const deleteImport = (id: string) => api.delete(`/imports/${id}`);
