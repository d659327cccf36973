import { Button, SegmentedControl, Select, TextInput, VisuallyHidden } from "@mantine/core";
import { useDebouncedCallback, useDisclosure } from "@mantine/hooks";
import { IconFileImport, IconLayoutKanban, IconList, IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery, sessionQuery } from "../api/queries";
import { PageHeader } from "../components/PageHeader";
import { QueryProblem } from "../components/QueryProblem";
import type { FunnelView } from "../funnels/document";
import { textFor } from "../localized";
import { useMay } from "../session/useMay";
import { usersQuery } from "./api";
import { Board, BoardSkeleton } from "./Board";
import { DealsList, filterOf } from "./DealsList";
import classes from "./DealsScreen.module.css";
import { ExportDeals } from "./ExportDeals";
import type { DealsSearch } from "./search";

const DealForm = lazy(() => import("./DealForm"));
const DealDrawer = lazy(() => import("./DealDrawer"));

const SEARCH_DELAY_MS = 250;

export type ChangeSearch = (next: { [K in keyof DealsSearch]?: DealsSearch[K] | undefined }) => void;

/** The deals of a funnel: on a board by stage, or as a list. */
export function DealsScreen() {
  const { t } = useTranslation(["deals", "common"]);
  const search = useSearch({ from: "/app/deals" });
  const navigate = useNavigate({ from: "/deals" });
  const may = useMay();
  const funnels = useQuery(funnelViewsQuery);
  const [isCreating, creating] = useDisclosure(false);
  const all = funnels.data?.items ?? [];
  const funnel = all.find(({ document }) => document.id === search.funnel) ?? all[0];
  const change: ChangeSearch = (next) =>
    void navigate({ search: (former) => Object.fromEntries(Object.entries({ ...former, ...next } as Record<string, unknown>).filter(([, value]) => value !== undefined)), replace: next.deal === undefined, resetScroll: false });
  const isBoard = search.view !== "list";
  return (
    <div className={classes["root"]} data-board={isBoard || undefined}>
      <PageHeader title={t("common:nav.deals")}
        actions={
          <>
            <SegmentedControl value={isBoard ? "board" : "list"} onChange={(view) => change({ view: view === "list" ? "list" : undefined })} aria-label={t("view")}
              data={[
                { value: "board", label: <span className={classes["choice"]}><IconLayoutKanban size={16} stroke={1.5} aria-hidden />{t("board")}</span> },
                { value: "list", label: <span className={classes["choice"]}><IconList size={16} stroke={1.5} aria-hidden />{t("list")}</span> },
              ]} />
            {!isBoard && <ExportDeals filter={filterOf(search, funnel, all)} funnels={all} />}
            {!isBoard && may("imports.write") && <Button variant="default" component={Link} to="/imports" leftSection={<IconFileImport size={18} stroke={1.5} />}>{t("import")}</Button>}
            {may("deals.write") && <Button leftSection={<IconPlus size={18} stroke={1.5} />} onClick={creating.open}>{t("add")}</Button>}
          </>
        } />
      {funnels.isError && !funnels.data ? (
        <QueryProblem error={funnels.error} onRetry={() => void funnels.refetch()} />
      ) : isBoard ? (
        <>
          <div className={classes["filters"]}>
            <SearchField value={search.q} onChange={(q) => change({ q })} />
            <Filters search={search} funnels={all} funnel={funnel} onChange={change} />
          </div>
          {funnel ? <Board funnel={funnel} search={search} onChange={change} onAdd={creating.open} /> : <BoardSkeleton />}
        </>
      ) : (
        <DealsList search={search} funnel={funnel} funnels={all} onChange={change} onAdd={creating.open} filters={<Filters search={search} funnels={all} funnel={funnel} onChange={change} />} />
      )}
      <Suspense>
        {isCreating && <DealForm {...(funnel ? { funnel } : {})} onClose={creating.close} onDone={(deal) => change({ deal: deal.id })} />}
        {search.deal !== undefined && <DealDrawer key={search.deal} id={search.deal} funnels={all} onClose={() => change({ deal: undefined })} />}
      </Suspense>
    </div>
  );
}

interface FiltersProps {
  search: DealsSearch;
  funnels: readonly FunnelView[];
  funnel: FunnelView | undefined;
  onChange: ChangeSearch;
}

function Filters({ search, funnels, funnel, onChange }: FiltersProps) {
  const { t, i18n } = useTranslation(["deals", "common"]);
  const may = useMay();
  const { data: session } = useQuery(sessionQuery);
  const isOfAll = may("deals.all");
  const users = useQuery({ ...usersQuery, enabled: isOfAll });
  const others = (users.data?.items ?? []).filter(({ id, is_active }) => is_active && id !== session?.user?.id);
  return (
    <>
      {funnels.length > 1 && (
        <Select aria-label={t("funnel")} w={200} value={funnel?.document.id ?? null} onChange={(slug) => onChange({ funnel: slug ?? undefined, stage: undefined })}
          data={funnels.map(({ document }) => ({ value: document.id, label: textFor(document.title, i18n.language) }))} />
      )}
      {isOfAll && (
        <Select aria-label={t("owner")} placeholder={t("anyOwner")} w={184} clearable allowDeselect value={search.owner ?? null} onChange={(owner) => onChange({ owner: owner ?? undefined })}
          clearButtonProps={{ "aria-label": t("common:actions.clear") }}
          data={[{ value: "me", label: t("mine") }, { value: "none", label: t("nobodys") }, ...others.map(({ id, name }) => ({ value: id, label: name }))]} />
      )}
    </>
  );
}

function SearchField({ value, onChange }: { value: string | undefined; onChange: (q: string | undefined) => void }) {
  const { t } = useTranslation(["deals", "common"]);
  const [text, setText] = useState(value ?? "");
  const [seen, setSeen] = useState(value);
  // The address changed by other means, such as the back button.
  if (seen !== value) {
    setSeen(value);
    if ((value ?? "") !== text.trim()) setText(value ?? "");
  }
  const search = useDebouncedCallback((q: string) => onChange(q || undefined), SEARCH_DELAY_MS);
  return (
    <label className={classes["search"]}>
      <VisuallyHidden>{t("common:table.search")}</VisuallyHidden>
      <TextInput type="search" placeholder={t("searchTitles")} leftSection={<IconSearch size={16} aria-hidden />} value={text}
        onChange={(event) => { setText(event.currentTarget.value); search(event.currentTarget.value.trim()); }} />
    </label>
  );
}
