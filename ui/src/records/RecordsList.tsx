import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { DataTable, type Column } from "../components/DataTable";
import type { Page } from "../api/types";
import type { Entity } from "./api";
import { BulkBar } from "./BulkBar";
import type { ListField } from "./fields";
import { Filters } from "./FilterBuilder";
import { parseFilter, type Condition } from "./filter";
import { definitionOf, searchOf, type RecordsSearch } from "./useRecords";
import { useValueText } from "./useValueText";
import { ViewTabs } from "./ViewTabs";
import { Text } from "@mantine/core";
import { useMay } from "../session/useMay";

interface Props<T, S extends RecordsSearch> {
  entity: Entity;
  label: string;
  /** What the first tab is called. */
  all: string;
  search: S;
  onSearch: (next: S) => void;
  /** The columns that are built in. */
  columns: readonly Column<T>[];
  /** What the list is filtered by, and columns beside those. */
  fields: readonly ListField[];
  own: readonly ListField[];
  isFixed: (name: string) => boolean;
  valuesOf: (row: T) => Record<string, unknown>;
  queryKey: readonly unknown[];
  fetchPage: (cursor: string | null, signal: AbortSignal) => Promise<Page<T>>;
  rowKey: (row: T) => string;
  rowName: (row: T) => string;
  onOpen: (row: T) => void;
  /** Filters beside those of the builder, for what the address holds besides. */
  more?: ReactNode;
  /** A condition for that, for edits and files. */
  alsoFilter?: Condition | null;
  empty: ReactNode;
}

/** A list of contacts or companies: saved views as tabs, filters as chips, edits of many rows, the company's own fields as columns. */
export function RecordsList<T, S extends RecordsSearch>(props: Props<T, S>) {
  const { search, onSearch, own, fields, entity } = props;
  const { t } = useTranslation("records");
  const may = useMay();
  const valueText = useValueText();
  const filter = parseFilter(search.filter);
  const columns = [...props.columns, ...own.map((field): Column<T> => ({
    key: field.name,
    header: field.label,
    isOptional: true,
    isHiddenOnPhone: !search.columns?.split(",").includes(field.name),
    isSortable: field.kind !== "choices" && field.kind !== "long_text",
    align: ["number", "whole_number", "money"].includes(field.kind) ? "right" : "left",
    cell: (row) => {
      const text = valueText(field, props.valuesOf(row)[field.name.slice("fields.".length)]);
      return text ? <Text span size="sm" lineClamp={1}>{text}</Text> : <Text span c="dimmed">–</Text>;
    },
  }))];
  const selection = selectionOf(search, props.alsoFilter ?? null);
  const settable = fields.filter(({ name, kind }) => !props.isFixed(name) && kind !== "tags" && !UNSETTABLE.has(name));
  const without = (key: keyof RecordsSearch): S => ({ ...search, [key]: undefined });
  return (
    <>
      <ViewTabs entity={entity} all={props.all} viewId={search.view} definition={definitionOf(search)} onOpen={(view) => onSearch(searchOf(view) as S)} />
      <DataTable<T> id={entity} label={props.label} columns={columns} queryKey={props.queryKey} fetchPage={props.fetchPage} rowKey={props.rowKey} rowName={props.rowName} onOpen={props.onOpen}
        state={search} onState={(next) => onSearch({ ...next, ...(search.view ? { view: search.view } : {}), ...(search.columns ? { columns: search.columns } : {}) } as S)}
        chosenColumns={search.columns?.split(",")} onChosenColumns={(keys) => onSearch({ ...search, columns: keys.join(",") })} canChooseAll
        filters={
          <>
            <Filters fields={fields} filter={filter} onChange={(next) => onSearch(next ? { ...search, filter: JSON.stringify(next) } : without("filter"))} />
            {props.more}
          </>
        }
        {...(may("contacts.write") ? { bulkActions: (keys: readonly string[], clear: () => void, all: { isAll: boolean; total: number; isTotalExact: boolean }) => (
          <BulkBar entity={entity} keys={keys} {...all} selection={selection} fields={settable} onDone={clear} />
        ) } : {})}
        empty={search.view || search.filter ? <Text c="dimmed" ta="center" py="xl">{t("nothingInView")}</Text> : props.empty} />
    </>
  );
}

/** Known when a record is made, or of one record each. */
const UNSETTABLE = new Set(["email", "name", "created_at", "updated_at", "is_email_verified", "channel", "source", "company_id", "domain", "organisation_number", "segment"]);

/** What the list shows, for an edit of all of it and for a file. */
export function selectionOf(search: RecordsSearch, also: Condition | null) {
  const filter = parseFilter(search.filter);
  const both = filter && also ? ({ all: [filter, also] } as Condition) : (filter ?? also);
  return { ...(search.q ? { q: search.q } : {}), ...(both ? { filter: both } : {}) };
}

/** The columns of a file: those that are shown. */
export function shownColumns<T>(columns: readonly Column<T>[], own: readonly ListField[], chosen: string | undefined) {
  const keys = chosen?.split(",");
  const all = [...columns.map(({ key, header, isOptional }) => ({ key, header, isOptional })), ...own.map(({ name, label }) => ({ key: name, header: label, isOptional: true }))];
  const shown = keys ? all.filter(({ key }, index) => index === 0 || keys.includes(key)).sort((a, b) => keys.indexOf(a.key) - keys.indexOf(b.key)) : all.filter(({ isOptional }) => !isOptional);
  return shown.map(({ key, header }) => ({ field: key, label: header }));
}
