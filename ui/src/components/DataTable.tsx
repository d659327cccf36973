import { ActionIcon, Button, Checkbox, Menu, Skeleton, Table, Text, TextInput, VisuallyHidden } from "@mantine/core";
import { useDebouncedCallback, useLocalStorage } from "@mantine/hooks";
import { IconArrowDown, IconArrowsSort, IconArrowUp, IconColumns3, IconSearch, IconSearchOff, IconX } from "@tabler/icons-react";
import { useInfiniteQuery, type QueryKey } from "@tanstack/react-query";
import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Page } from "../api/types";
import { useFormat } from "../i18n";
import classes from "./DataTable.module.css";
import { EmptyState } from "./EmptyState";
import { QueryProblem } from "./QueryProblem";

export interface Column<T> {
  key: string;
  header: string;
  cell: (row: T) => ReactNode;
  isSortable?: boolean;
  align?: "left" | "right";
  width?: number | string;
  /** Not shown until chosen. */
  isOptional?: boolean;
  /** Always shown; the first column is anyway. */
  isFixed?: boolean;
  /** Left out of the cards that a phone shows. */
  isHiddenOnPhone?: boolean;
}

/** What a list keeps in its address. A leading minus on `sort` turns the order around. */
export interface ListState {
  q?: string;
  sort?: string;
}

interface Props<T> {
  /** Names the list for the columns that the reader chose. */
  id: string;
  label: string;
  columns: readonly Column<T>[];
  queryKey: QueryKey;
  fetchPage: (cursor: string | null, signal: AbortSignal) => Promise<Page<T>>;
  rowKey: (row: T) => string;
  /** What a row is called, for its checkbox and its screen reader. */
  rowName: (row: T) => string;
  onOpen?: (row: T) => void;
  state?: ListState;
  onState?: (state: ListState) => void;
  filters?: ReactNode;
  /** Shown while rows are chosen; `all` tells that everything the list shows is, also what is not here yet. */
  bulkActions?: (keys: readonly string[], clear: () => void, all: { isAll: boolean; total: number; isTotalExact: boolean }) => ReactNode;
  /** Whether everything that the list shows can be chosen at once. */
  canChooseAll?: boolean;
  /** The columns that are shown, where the list's owner keeps them; else they are kept on this device. */
  chosenColumns?: readonly string[] | undefined;
  onChosenColumns?: (keys: string[]) => void;
  /** When the list has nothing at all, not only nothing that was searched for. */
  empty: ReactNode;
}

const SKELETON_ROWS = 8;
const SEARCH_DELAY_MS = 250;

/** A list from the server: searched, sorted and paged there; rows by keyboard; cards on a phone. */
export function DataTable<T>(props: Props<T>) {
  const { t } = useTranslation();
  const { columns, state = {}, onState, rowKey } = props;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [visibility, setVisibility] = useLocalStorage<Record<string, boolean>>({ key: `suppilo-columns-${props.id}`, defaultValue: {} });
  const chosenColumns = props.chosenColumns;
  const isShown = (column: Column<T>) => (chosenColumns ? chosenColumns.includes(column.key) : props.onChosenColumns ? !column.isOptional : (visibility[column.key] ?? !column.isOptional));
  const inOrder = chosenColumns ? [...columns].sort((a, b) => chosenColumns.indexOf(a.key) - chosenColumns.indexOf(b.key)) : columns;
  const first = columns[0];
  const shown = [...(first ? [first] : []), ...inOrder.filter((column) => column !== first && (column.isFixed || isShown(column)))];
  const [isAll, setIsAll] = useState(false);
  const list = useInfiniteQuery({
    queryKey: props.queryKey,
    queryFn: ({ pageParam, signal }) => props.fetchPage(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (former) => former,
  });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const keys = rows.map(rowKey).filter((key) => chosen.has(key));
  const total = list.data?.pages[0]?.total ?? rows.length;
  const isTotalExact = list.data?.pages[0]?.is_total_exact ?? true;
  const clear = () => { setChosen(new Set()); setIsAll(false); };
  // Another list, another choice: what was chosen there may not be here.
  const [listShown, setListShown] = useState(JSON.stringify(props.queryKey));
  if (listShown !== JSON.stringify(props.queryKey)) {
    setListShown(JSON.stringify(props.queryKey));
    clear();
  }
  const setColumn = (key: string, isWanted: boolean) => {
    if (!props.onChosenColumns) { setVisibility({ ...visibility, [key]: isWanted }); return; }
    const keys = shown.map((column) => column.key);
    props.onChosenColumns(isWanted ? [...keys, key] : keys.filter((one) => one !== key));
  };
  const toggle = (key: string) => {
    setIsAll(false);
    setChosen((former) => {
      const next = new Set(former);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  };

  if (list.isError && rows.length === 0) return <QueryProblem error={list.error} onRetry={() => void list.refetch()} />;
  const isFiltered = Boolean(state.q) || Boolean(props.filters && onState && Object.keys(state).some((key) => key !== "sort"));
  const isEmpty = list.isSuccess && rows.length === 0;
  if (isEmpty && !isFiltered) return <>{props.empty}</>;

  return (
    <div>
      <Toolbar {...props} shown={shown} setColumn={setColumn}
        bulk={keys.length > 0 && props.bulkActions ? { keys, clear, isAll, total, isTotalExact, ...(props.canChooseAll && keys.length === rows.length && total > rows.length ? { chooseAll: () => setIsAll(true) } : {}) } : null} />
      {isEmpty ? (
        <EmptyState icon={IconSearchOff} title={t("table.nothingFound")} hint={t("table.nothingFoundHint")}
          actions={onState && <Button variant="default" onClick={() => onState(state.sort ? { sort: state.sort } : {})}>{t("table.clearSearch")}</Button>} />
      ) : (
        <Rows {...props} shown={shown} rows={rows} chosen={chosen} toggle={toggle} isLoading={list.isPending} isStale={list.isPlaceholderData}
          toggleAll={() => (keys.length === rows.length ? clear() : setChosen(new Set(rows.map(rowKey))))} />
      )}
      {rows.length > 0 && <Footer count={rows.length} total={list.data?.pages[0]?.total} isTotalExact={isTotalExact} hasMore={list.hasNextPage} isLoading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />}
    </div>
  );
}

interface ToolbarProps<T> extends Props<T> {
  setColumn: (key: string, isWanted: boolean) => void;
  shown: readonly Column<T>[];
  bulk: { keys: readonly string[]; clear: () => void; isAll: boolean; total: number; isTotalExact: boolean; chooseAll?: () => void } | null;
}

function Toolbar<T>({ state = {}, onState, filters, columns, setColumn, shown, bulk, bulkActions }: ToolbarProps<T>) {
  const { t } = useTranslation();
  const format = useFormat();
  const [text, setText] = useState(state.q ?? "");
  const [seen, setSeen] = useState(state.q);
  // The address changed by other means, such as "clear search" or the back button.
  if (seen !== state.q) {
    setSeen(state.q);
    if ((state.q ?? "") !== text.trim()) setText(state.q ?? "");
  }
  const search = useDebouncedCallback((q: string) => {
    // Filters that the list keeps beside its words stay.
    const next = { ...state };
    delete next.q;
    onState?.(q ? { ...next, q } : next);
  }, SEARCH_DELAY_MS);
  const choosable = columns.filter((column, index) => index > 0 && !column.isFixed);
  if (bulk) {
    return (
      <div className={classes["toolbar"]} data-bulk>
        <Text fw={550} size="sm" aria-live="polite">{bulk.isAll ? t("table.selectedAll", { total: format.integer(bulk.total) + (bulk.isTotalExact ? "" : "+") }) : t("table.selected", { count: bulk.keys.length })}</Text>
        {bulk.chooseAll && !bulk.isAll && <Button variant="subtle" size="compact-sm" onClick={bulk.chooseAll}>{t("table.chooseAll", { total: format.integer(bulk.total) + (bulk.isTotalExact ? "" : "+") })}</Button>}
        {bulkActions?.(bulk.keys, bulk.clear, bulk)}
        <Button variant="subtle" size="compact-sm" color="gray" onClick={bulk.clear} ml="auto">{t("table.clearSelection")}</Button>
      </div>
    );
  }
  return (
    <div className={classes["toolbar"]}>
      {onState && (
        <TextInput className={classes["search"]} type="search" aria-label={t("table.search")} placeholder={t("table.search")} value={text}
          leftSection={<IconSearch size={16} aria-hidden />}
          rightSection={text && <ActionIcon size="sm" aria-label={t("table.clearSearch")} onClick={() => { setText(""); search(""); }}><IconX size={14} /></ActionIcon>}
          onChange={(event) => { setText(event.currentTarget.value); search(event.currentTarget.value.trim()); }} />
      )}
      {filters}
      {choosable.length > 0 && (
        <Menu closeOnItemClick={false} position="bottom-end">
          <Menu.Target>
            <ActionIcon ml="auto" variant="default" size={36} aria-label={t("table.columns")} className={classes["columns"]}><IconColumns3 size={18} stroke={1.5} /></ActionIcon>
          </Menu.Target>
          <Menu.Dropdown mah={480} style={{ overflowY: "auto" }}>
            <Menu.Label>{t("table.columns")}</Menu.Label>
            {choosable.map((column) => {
              const isShown = shown.includes(column);
              return (
                <Menu.CheckboxItem key={column.key} checked={isShown} onChange={() => setColumn(column.key, !isShown)}>
                  {column.header}
                </Menu.CheckboxItem>
              );
            })}
          </Menu.Dropdown>
        </Menu>
      )}
    </div>
  );
}

interface RowsProps<T> extends Props<T> {
  shown: readonly Column<T>[];
  rows: readonly T[];
  chosen: ReadonlySet<string>;
  toggle: (key: string) => void;
  toggleAll: () => void;
  isLoading: boolean;
  isStale: boolean;
}

function Rows<T>(props: RowsProps<T>) {
  const { t } = useTranslation();
  const { shown, rows, chosen, toggle, toggleAll, rowKey, rowName, onOpen, isLoading } = props;
  const [active, setActive] = useState(0);
  const body = useRef<HTMLTableSectionElement>(null);
  const hasBulk = props.bulkActions !== undefined;

  function onKeyDown(event: KeyboardEvent, index: number, row: T) {
    if (event.target !== event.currentTarget) return;
    const move = { ArrowDown: 1, ArrowUp: -1, Home: -index, End: rows.length - 1 - index }[event.key];
    if (move !== undefined) {
      event.preventDefault();
      const next = Math.min(Math.max(index + move, 0), rows.length - 1);
      setActive(next);
      (body.current?.children[next] as HTMLElement | undefined)?.focus();
    } else if (event.key === "Enter" && onOpen) {
      onOpen(row);
    } else if (event.key === " " && hasBulk) {
      event.preventDefault();
      toggle(rowKey(row));
    }
  }

  return (
    <div className={classes["scroll"]} data-stale={props.isStale || undefined}>
      <Table className={classes["table"]} aria-label={props.label} aria-busy={isLoading}>
        <Table.Thead>
          <Table.Tr>
            {hasBulk && (
              <Table.Th w={44}>
                <Checkbox size="xs" aria-label={t("table.selectAll")} checked={rows.length > 0 && chosen.size >= rows.length}
                  indeterminate={chosen.size > 0 && chosen.size < rows.length} onChange={toggleAll} />
              </Table.Th>
            )}
            {shown.map((column) => <HeaderCell key={column.key} column={column} state={props.state ?? {}} onState={props.onState} />)}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody ref={body}>
          {isLoading
            ? Array.from({ length: SKELETON_ROWS }, (_, index) => (
                <Table.Tr key={index}>
                  {hasBulk && <Table.Td />}
                  {shown.map((column, place) => <Table.Td key={column.key} data-label={column.header}><Skeleton height={12} my={4} width={`${80 - ((index * 13 + place * 29) % 45)}%`} /></Table.Td>)}
                </Table.Tr>
              ))
            : rows.map((row, index) => (
                <Table.Tr key={rowKey(row)} tabIndex={index === Math.min(active, rows.length - 1) ? 0 : -1} data-openable={onOpen !== undefined || undefined}
                  data-chosen={chosen.has(rowKey(row)) || undefined} onFocus={() => setActive(index)} onKeyDown={(event) => onKeyDown(event, index, row)}
                  onClick={(event) => { if (!(event.target as HTMLElement).closest("a,button,input,label")) onOpen?.(row); }}>
                  {hasBulk && (
                    <Table.Td className={classes["check"]}>
                      <Checkbox size="xs" aria-label={t("table.selectRow", { name: rowName(row) })} checked={chosen.has(rowKey(row))} onChange={() => toggle(rowKey(row))} />
                    </Table.Td>
                  )}
                  {shown.map((column) => (
                    <Table.Td key={column.key} ta={column.align ?? "left"} data-label={column.header} data-phone={column.isHiddenOnPhone ? "hidden" : undefined}>
                      {column.cell(row)}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function HeaderCell<T>({ column, state, onState }: { column: Column<T>; state: ListState; onState: Props<T>["onState"] }) {
  const { t } = useTranslation();
  const direction = state.sort === column.key ? "ascending" : state.sort === `-${column.key}` ? "descending" : "none";
  const align = column.align ?? "left";
  if (!column.isSortable || !onState) return <Table.Th w={column.width} ta={align}>{column.header}</Table.Th>;
  const Icon = { ascending: IconArrowUp, descending: IconArrowDown, none: IconArrowsSort }[direction];
  const sort = direction === "ascending" ? `-${column.key}` : column.key;
  return (
    <Table.Th w={column.width} ta={align} aria-sort={direction}>
      <button type="button" className={classes["sort"]} onClick={() => onState({ ...state, sort })}>
        {column.header}
        <VisuallyHidden>, {t("table.sortBy", { column: column.header })}</VisuallyHidden>
        <Icon size={14} aria-hidden data-idle={direction === "none" || undefined} />
      </button>
    </Table.Th>
  );
}

function Footer({ count, total, isTotalExact, hasMore, isLoading, onMore }: { count: number; total: number | undefined; isTotalExact: boolean; hasMore: boolean; isLoading: boolean; onMore: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className={classes["footer"]}>
      <Text size="sm" c="dimmed" aria-live="polite">{total === undefined ? t("table.shown", { count, shown: format.integer(count) }) : t("table.shownOf", { shown: format.integer(count), total: format.integer(total) + (isTotalExact ? "" : "+") })}</Text>
      {hasMore && <Button variant="default" loading={isLoading} onClick={onMore}>{t("actions.showMore")}</Button>}
    </div>
  );
}
