import { Anchor, Button, Select, Text } from "@mantine/core";
import { IconBriefcase } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { DataTable, type Column } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { channelName, stageName, type FunnelView } from "../funnels/document";
import { useNow } from "../home/useNow";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { DEALS, fetchDeals, usersQuery, type Deal, type DealFilter, type DealSort } from "./api";
import type { ChangeSearch } from "./DealsScreen";
import type { DealsSearch } from "./search";
import { StageLabel } from "./StageLabel";

interface Props {
  search: DealsSearch;
  funnel: FunnelView | undefined;
  funnels: readonly FunnelView[];
  filters: ReactNode;
  onChange: ChangeSearch;
  onAdd: () => void;
}

/** The table's orders in the words of the API. */
const SORTS: Partial<Record<string, DealSort>> = { value: "cheapest", "-value": "dearest", age: "last_moved", "-age": "longest_in_stage", created: "oldest", "-created": "newest" };
const TICK_MS = 60_000;

/** What the list asks the API for. */
export function filterOf({ owner, q, status, stage, sort }: DealsSearch, funnel: FunnelView | undefined, funnels: readonly FunnelView[]): DealFilter {
  return {
    ...(funnel && funnels.length > 1 ? { funnel: funnel.id } : {}),
    ...(owner ? { owner } : {}),
    ...(q ? { q } : {}),
    ...(status ? { status } : {}),
    ...(stage ? { stage } : {}),
    ...(sort && SORTS[sort] ? { sort: SORTS[sort] } : {}),
  };
}

export function DealsList({ search, funnel, funnels, filters, onChange, onAdd }: Props) {
  const { t, i18n } = useTranslation(["deals", "common"]);
  const may = useMay();
  const columns = useColumns(funnels);
  const { owner, q, status, stage, sort } = search;
  const filter = filterOf(search, funnel, funnels);
  // Only what narrows the list, so that a board's or a drawer's part of the address does not count as a filter.
  const state = { ...(q ? { q } : {}), ...(sort ? { sort } : {}), ...(owner ? { owner } : {}), ...(status ? { status } : {}), ...(stage ? { stage } : {}) };
  return (
    <DataTable<Deal> id="deals" label={t("common:nav.deals")} columns={columns} queryKey={[...DEALS, "list", filter]} fetchPage={(cursor, signal) => fetchDeals(filter, cursor, signal)}
      rowKey={(row) => row.id} rowName={(row) => row.title} onOpen={(row) => onChange({ deal: row.id })} state={state}
      onState={(next) => onChange({ q: undefined, sort: undefined, owner: undefined, status: undefined, stage: undefined, ...next })}
      filters={
        <>
          {filters}
          <Select aria-label={t("stage")} placeholder={t("anyStage")} w={160} clearable allowDeselect value={stage ?? null} onChange={(next) => onChange({ stage: next ?? undefined })} clearButtonProps={{ "aria-label": t("common:actions.clear") }}
            data={(funnel?.document.stages ?? []).map((one) => ({ value: one.id, label: stageName(one, i18n.language) }))} />
          <Select aria-label={t("statusLabel")} placeholder={t("anyStatus")} w={136} clearable allowDeselect value={status ?? null} onChange={(next) => onChange({ status: (next ?? undefined) })} clearButtonProps={{ "aria-label": t("common:actions.clear") }}
            data={(["open", "won", "lost"] as const).map((one) => ({ value: one, label: t(`status.${one}`) }))} />
        </>
      }
      empty={<EmptyState icon={IconBriefcase} title={t("empty")} hint={t("emptyHint")} actions={may("deals.write") && <Button onClick={onAdd}>{t("add")}</Button>} />} />
  );
}

function useColumns(funnels: readonly FunnelView[]): Column<Deal>[] {
  const { t, i18n } = useTranslation("deals");
  const format = useFormat();
  const now = useNow(TICK_MS);
  const { data: users } = useQuery(usersQuery);
  const dash = <Text span c="dimmed">–</Text>;
  return [
    { key: "title", header: t("dealTitle"), cell: (row) => <Text span size="sm" fw={550} lineClamp={1}>{row.title}</Text> },
    { key: "contact", header: t("contact"), cell: (row) => <Anchor component={Link} to={`/contacts/${row.contact_id}`} size="sm" c="inherit">{row.contact_name}</Anchor> },
    { key: "stage", header: t("stage"), cell: (row) => <StageLabel deal={row} funnels={funnels} /> },
    { key: "value", header: t("value"), align: "right", isSortable: true, cell: (row) => (row.value.minor > 0 ? format.money(row.value) : dash) },
    {
      key: "age",
      header: t("inStage"),
      align: "right",
      isSortable: true,
      isHiddenOnPhone: true,
      cell: (row) => (row.status === "open" ? format.duration(Math.max(60, Math.floor((now - Date.parse(row.stage_entered_at)) / 60_000) * 60)) : dash),
    },
    { key: "owner", header: t("owner"), isHiddenOnPhone: true, cell: (row) => users?.items.find(({ id }) => id === row.owner_id)?.name ?? dash },
    { key: "channel", header: t("channel"), isOptional: true, isHiddenOnPhone: true, cell: (row) => (row.channel ? channelName(row.channel, funnels, i18n.language) : dash) },
    { key: "created", header: t("created"), align: "right", isSortable: true, isHiddenOnPhone: true, cell: (row) => <time dateTime={row.created_at}>{format.date(row.created_at)}</time> },
  ];
}
