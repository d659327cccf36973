import { Button, Group, Select, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconDownload, IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, apiUrl } from "../api/client";
import type { Page } from "../api/types";
import { EmptyState } from "../components/EmptyState";
import { QueryProblem } from "../components/QueryProblem";
import { Section } from "../components/Section";
import { usersQuery } from "../deals/api";
import { useFormat } from "../i18n";
import { keysQuery, type AuditEntry } from "./api";
import classes from "./OperationsTab.module.css";
import { TabSkeleton } from "./SettingsScreen";
import rows from "./SettingsScreen.module.css";

const NOUNS = ["contact", "company", "deal", "field", "view", "segment", "order", "offer", "page", "funnel", "user", "import"] as const;
const TYPING_MS = 300;

interface Filter extends Record<string, string | undefined> {
  subject?: string | undefined;
  actor?: string | undefined;
  action?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/** Who changed what, and how it stood before: by record, person, kind and time. */
export function Audit() {
  const { t } = useTranslation(["settings", "records", "common"]);
  const [filter, setFilter] = useState<Filter>({});
  const [settled] = useDebouncedValue(filter, TYPING_MS);
  const { data: users } = useQuery(usersQuery);
  const query = { ...settled, from: dayStart(settled.from, 0), to: dayStart(settled.to, 1) };
  const audit = useInfiniteQuery({
    queryKey: ["audit", query],
    initialPageParam: null as string | null,
    getNextPageParam: (page: Page<AuditEntry>) => page.next_cursor,
    queryFn: ({ pageParam, signal }) => api.page<AuditEntry>("/audit", pageParam, { query, signal }),
    placeholderData: (former) => former,
  });
  const items = audit.data?.pages.flatMap((page) => page.items) ?? [];
  const change = (next: Filter) => setFilter({ ...filter, ...next });
  return (
    <Section title={t("operations.parts.audit")} hint={t("operations.auditHint")}
      actions={<Button component="a" variant="default" href={apiUrl("/audit/export", query)} download leftSection={<IconDownload size={16} stroke={1.5} />}>{t("records:asCsv")}</Button>}>
      <Group gap={8} mb="md" align="flex-end">
        <TextInput label={t("records:audit.record")} placeholder="ctc_…" w={200} value={filter.subject ?? ""} onChange={(event) => change({ subject: event.currentTarget.value.trim() || undefined })} />
        <Select label={t("records:audit.who")} w={168} clearable placeholder={t("records:audit.anybody")} clearButtonProps={{ "aria-label": t("common:actions.clear") }} value={filter.actor ?? null} onChange={(actor) => change({ actor: actor ?? undefined })}
          data={[...(users?.items ?? []).map(({ id, name }) => ({ value: id, label: name })), { value: "system", label: t("operations.system") }]} />
        <Select label={t("records:audit.what")} w={152} clearable placeholder={t("records:audit.anything")} clearButtonProps={{ "aria-label": t("common:actions.clear") }} value={filter.action ?? null} onChange={(action) => change({ action: action ?? undefined })}
          data={NOUNS.map((value) => ({ value, label: t(`records:audit.nouns.${value}`) }))} />
        <TextInput type="date" label={t("records:audit.from")} value={filter.from ?? ""} onChange={(event) => change({ from: event.currentTarget.value || undefined })} />
        <TextInput type="date" label={t("records:audit.to")} value={filter.to ?? ""} onChange={(event) => change({ to: event.currentTarget.value || undefined })} />
      </Group>
      {audit.isError && items.length === 0 ? <QueryProblem error={audit.error} onRetry={() => void audit.refetch()} /> : audit.isPending ? <TabSkeleton /> : items.length === 0 ? <EmptyState isCompact icon={IconHistory} title={t("operations.noAudit")} /> : (
        <ul className={rows["rows"]}>{items.map((entry, index) => <AuditRow key={index} entry={entry} />)}</ul>
      )}
      {audit.hasNextPage && <Button mt="md" variant="default" loading={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>{t("common:actions.showMore")}</Button>}
    </Section>
  );
}

/** The first moment of a day of the reader's, or of one some days later. */
function dayStart(day: string | undefined, later: number): string | undefined {
  if (!day) return undefined;
  const start = new Date(`${day}T00:00:00`);
  if (Number.isNaN(start.getTime())) return undefined;
  start.setDate(start.getDate() + later);
  return start.toISOString();
}

/** Where a thing of that kind is looked at. */
const PLACES: Record<string, (id: string) => string> = {
  ctc: (id) => `/contacts/${id}`,
  cmp: (id) => `/companies/${id}`,
  dea: (id) => `/deals?deal=${id}`,
  ord: (id) => `/orders/${id}`,
  off: (id) => `/offers/${id}`,
};

const written = (value: unknown): string => (value === null || value === undefined || value === "" ? "–" : typeof value === "string" ? value : JSON.stringify(value));

/** How each changed field stood before and after; of older entries whatever was told. */
function toldOf(detail: Record<string, unknown> | null): [string, string][] {
  const { before, after, ...rest } = detail ?? {};
  const [was, is] = [before, after].map((state) => (state && typeof state === "object" ? (state as Record<string, unknown>) : {}));
  const names = [...new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})])];
  const changed = names.filter((name) => written(was?.[name]) !== written(is?.[name])).map((name): [string, string] => [name, name in (was ?? {}) ? `${written(was?.[name])} → ${written(is?.[name])}` : written(is?.[name])]);
  return [...changed, ...Object.entries(rest).filter(([, value]) => value !== null && value !== "").map(([name, value]): [string, string] => [name, written(value)])];
}

function AuditRow({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation("settings");
  const format = useFormat();
  const { data: users } = useQuery(usersQuery);
  const { data: keys } = useQuery(keysQuery);
  const who = entry.actor === "system" ? t("operations.system") : (users?.items.find(({ id }) => id === entry.actor)?.name ?? keys?.items.find(({ id }) => id === entry.actor)?.name ?? entry.actor);
  const place = PLACES[entry.subject.split("_")[0] ?? ""]?.(entry.subject);
  const [noun = "", verb = ""] = entry.action.split(".");
  const did = t(`operations.actions.${noun}.${verb}` as "operations.actions.deal.move", { defaultValue: entry.action });
  const told = toldOf(entry.detail);
  return (
    <li className={rows["row"]}>
      <div className={rows["rowMain"]}>
        <Text span size="sm"><strong className={classes["who"]}>{who}</strong> {did} {place ? <Link to={place} className={classes["subject"]}>{entry.subject}</Link> : <span className={classes["subject"]}>{entry.subject}</span>}</Text>
        {told.map(([name, value]) => <Text key={name} size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>{name}: {value}</Text>)}
      </div>
      <Text size="xs" c="dimmed"><time dateTime={entry.at}>{format.date(entry.at, "datetime")}</time></Text>
    </li>
  );
}
