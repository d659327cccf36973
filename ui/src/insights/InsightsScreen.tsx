import { Button, Select, Skeleton, Text, Title } from "@mantine/core";
import { IconBookmark, IconLayoutDashboard, IconPinFilled, IconPlus, IconUsersGroup } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable, type Column, type ListState } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { QueryProblem } from "../components/QueryProblem";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { KINDS, parseKind } from "./ask";
import classes from "./InsightsScreen.module.css";
import { KIND_ICONS } from "./kinds";
import { createDashboard, dashboardsQuery, forgetLists, SAVED, savedPage, type Saved } from "./saved";
import type { InsightsSearch } from "./search";

const NameDialog = lazy(() => import("./NameDialog"));

/** Where insights begin: what can be asked, the dashboards, and what was saved. */
export function InsightsScreen() {
  const { t } = useTranslation("insights");
  const may = useMay();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [isAdding, setIsAdding] = useState(false);
  const mayWrite = may("insights.write");
  return (
    <div>
      <PageHeader title={t("title")} lead={t("lead")}
        actions={
          <>
            <Button component={Link} to="/insights/team" variant="default" leftSection={<IconUsersGroup size={18} stroke={1.5} />}>{t("teamReport")}</Button>
            {mayWrite && <Button variant="default" leftSection={<IconLayoutDashboard size={18} stroke={1.5} />} onClick={() => setIsAdding(true)}>{t("newDashboard")}</Button>}
            <Button component={Link} to="/insights/new" leftSection={<IconPlus size={18} stroke={1.5} />}>{t("newInsight")}</Button>
          </>
        } />
      <nav className={classes["kinds"]} aria-label={t("newInsight")}>
        {KINDS.map((kind) => {
          const Icon = KIND_ICONS[kind];
          return (
            <Link key={kind} to="/insights/new" search={{ kind } as never} className={classes["kind"]}>
              <Icon size={22} stroke={1.5} aria-hidden />
              <strong>{t(`kinds.${kind}`)}</strong>
              <span>{t(`kindHints.${kind}`)}</span>
            </Link>
          );
        })}
      </nav>
      <Dashboards onAdd={mayWrite ? () => setIsAdding(true) : undefined} />
      <SavedList />
      <Suspense>
        {isAdding && (
          <NameDialog title={t("newDashboard")} name="" confirm={t("make")} onClose={() => setIsAdding(false)}
            send={async ({ name }) => {
              const made = await createDashboard(name);
              forgetLists(queries);
              await navigate({ to: "/insights/dashboards/$dashboardId", params: { dashboardId: made.id } });
            }} />
        )}
      </Suspense>
    </div>
  );
}

function Dashboards({ onAdd }: { onAdd: (() => void) | undefined }) {
  const { t } = useTranslation("insights");
  const format = useFormat();
  const boards = useQuery(dashboardsQuery);
  return (
    <section aria-label={t("dashboards")}>
      <Title order={2}>{t("dashboards")}</Title>
      {boards.isError && !boards.data ? <QueryProblem error={boards.error} onRetry={() => void boards.refetch()} />
        : !boards.data ? <div className={classes["boards"]}><Skeleton height={64} radius="lg" /><Skeleton height={64} radius="lg" /></div>
        : boards.data.items.length === 0 ? (
          <EmptyState isCompact icon={IconLayoutDashboard} title={t("noDashboards")} hint={t("noDashboardsHint")} actions={onAdd && <Button variant="default" onClick={onAdd}>{t("newDashboard")}</Button>} />
        ) : (
          <ul className={classes["boards"]}>
            {boards.data.items.map((board) => (
              <li key={board.id}>
                <Link to="/insights/dashboards/$dashboardId" params={{ dashboardId: board.id }} className={classes["board"]}>
                  <IconLayoutDashboard size={20} stroke={1.5} aria-hidden />
                  <span className={classes["boardWords"]}>
                    <strong title={board.name}>{board.name}</strong>
                    <span>{t("tileCount", { count: board.tile_count })} · {format.date(board.updated_at)}</span>
                  </span>
                  {board.is_pinned && <IconPinFilled size={16} aria-label={t("pinned")} role="img" />}
                </Link>
              </li>
            ))}
          </ul>
        )}
    </section>
  );
}

function SavedList() {
  const { t } = useTranslation("insights");
  const format = useFormat();
  const search = useSearch({ from: "/app/insights" });
  const navigate = useNavigate({ from: "/insights" });
  const kindOf = (saved: Saved) => parseKind(saved.query["insight"]);
  const columns: Column<Saved>[] = [
    {
      key: "name",
      header: t("name"),
      cell: (saved) => {
        const Icon = KIND_ICONS[kindOf(saved)];
        return (
          <span className={classes["nameCell"]}>
            <Icon size={20} stroke={1.5} aria-hidden />
            <span>
              <span className={classes["name"]}>{saved.name}</span>
              {saved.description && <span className={classes["describe"]}>{saved.description}</span>}
            </span>
          </span>
        );
      },
    },
    { key: "kind", header: t("kind"), width: 160, cell: (saved) => t(`kinds.${kindOf(saved)}`) },
    { key: "changed", header: t("changed"), width: 160, cell: (saved) => <time dateTime={saved.updated_at}>{format.date(saved.updated_at)}</time> },
  ];
  const set = (next: ListState & InsightsSearch) => void navigate({ search: next, replace: true, resetScroll: false });
  return (
    <section aria-label={t("savedInsights")}>
      <Title order={2}>{t("savedInsights")}</Title>
      <DataTable id="insights" label={t("savedInsights")} columns={columns} queryKey={[...SAVED, "list", search]} rowKey={(saved) => saved.id} rowName={(saved) => saved.name}
        fetchPage={(cursor, signal) => savedPage({ q: search.q, insight: search.insight }, cursor, signal)} state={search} onState={set}
        onOpen={(saved) => void navigate({ to: "/insights/$insightId", params: { insightId: saved.id }, search: {} })}
        filters={
          <Select aria-label={t("kind")} w={176} value={search.insight ?? ""} data={[{ value: "", label: t("allKinds") }, ...KINDS.map((kind) => ({ value: kind, label: t(`kinds.${kind}`) }))]}
            onChange={(insight) => set({ ...(search.q ? { q: search.q } : {}), ...(insight ? { insight } : {}) })} />
        }
        empty={<EmptyState isCompact icon={IconBookmark} title={t("noInsights")} hint={<Text component="span" size="sm">{t("noInsightsHint")}</Text>} />} />
    </section>
  );
}
