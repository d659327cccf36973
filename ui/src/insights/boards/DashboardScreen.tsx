import { ActionIcon, Button, Menu, Skeleton, Title, VisuallyHidden } from "@mantine/core";
import { useFullscreenElement } from "@mantine/hooks";
import { IconCopy, IconDotsVertical, IconLayoutDashboard, IconMaximize, IconPencil, IconPin, IconPinnedOff, IconPlus, IconRefresh, IconTrash, IconTypography, IconChartLine } from "@tabler/icons-react";
import { useIsFetching, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../../api/queries";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { EmptyState } from "../../components/EmptyState";
import { PageHeader } from "../../components/PageHeader";
import { PeriodPicker } from "../../components/PeriodPicker";
import { toastError } from "../../components/problem";
import { QueryProblem } from "../../components/QueryProblem";
import { useFormat } from "../../i18n";
import { comparedDays, dayAt, parsePeriod, resolveDays, type PeriodSearch } from "../../period";
import { useMay } from "../../session/useMay";
import { DASHBOARDS, dashboardQuery, deleteDashboard, duplicateDashboard, forgetLists, periodOf, toPeriod, type Dashboard, type Tile } from "../saved";
import classes from "./Board.module.css";
import { BoardTile, type TileActions } from "./Tile";
import { addInsight, addText, dropped, movedTo, sized, TILES_MAX, toRequest } from "./tiles";
import { useDashboardChanges } from "./useDashboard";

const AddTile = lazy(() => import("./AddTile"));
const TextDialog = lazy(() => import("./TextDialog"));
const NameDialog = lazy(() => import("../NameDialog"));

/** Saved insights beside each other, all over the same days. */
export function DashboardScreen() {
  const { t } = useTranslation("insights");
  const { dashboardId } = useParams({ from: "/app/insights/dashboards/$dashboardId" });
  const { data: session } = useQuery(sessionQuery);
  const board = useQuery(dashboardQuery(dashboardId));
  if (board.isError && !board.data) return <QueryProblem error={board.error} onRetry={() => void board.refetch()} />;
  if (!board.data || !session) {
    return (
      <div>
        <PageHeader title={t("dashboard")} />
        <div className={classes["grid"]}>{[6, 6, 12].map((width, index) => <Skeleton key={index} radius="lg" style={{ gridColumn: `span ${width}`, gridRow: "span 5", height: 344 }} />)}</div>
      </div>
    );
  }
  return <Board key={dashboardId} board={board.data} zone={session.company?.timezone ?? "UTC"} />;
}

type Dialog = "insight" | "text" | "rename" | "delete" | { edit: Tile };

function Board({ board, zone }: { board: Dashboard; zone: string }) {
  const { t } = useTranslation(["insights", "common"]);
  const format = useFormat();
  const may = useMay();
  const search = useSearch({ from: "/app/insights/dashboards/$dashboardId" });
  const [nowMs] = useState(() => Date.now());
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const { ref, toggle } = useFullscreenElement<HTMLDivElement>();
  const changes = useDashboardChanges(board.id);
  const today = dayAt(nowMs, zone);
  const fromAddress = parsePeriod(search);
  const key = JSON.stringify(Object.keys(fromAddress).length > 0 ? fromAddress : periodOf(board.period));
  const period = useMemo(() => JSON.parse(key) as PeriodSearch, [key]);
  const days = resolveDays(period, today);
  const otherDays = period.compare ? comparedDays(days, period.compare) : undefined;
  const mayWrite = may("insights.write");
  const close = () => setDialog(null);
  const range = format.dateRange(`${days.first}T12:00:00Z`, `${days.last}T12:00:00Z`);
  return (
    <div>
      <PageHeader title={board.name} back={{ to: "/insights", label: t("title") }} lead={board.description || undefined}
        actions={<BoardActions board={board} period={period} days={days} otherDays={otherDays} onDialog={setDialog} onFull={() => void toggle()} />} />
      <div ref={ref} className={classes["root"]}>
        <div className={classes["fullTitle"]}><Title order={1}>{board.name}</Title><span>{range}</span></div>
        {board.tiles.length === 0 ? (
          <EmptyState icon={IconLayoutDashboard} title={t("emptyBoard")} hint={t("emptyBoardHint")}
            actions={mayWrite && <><Button leftSection={<IconPlus size={18} stroke={1.5} />} onClick={() => setDialog("insight")}>{t("addTile")}</Button><Button variant="default" onClick={() => setDialog("text")}>{t("addText")}</Button></>} />
        ) : <Grid board={board} period={period} zone={zone} nowMs={nowMs} mayWrite={mayWrite} onEdit={(tile) => setDialog({ edit: tile })} />}
      </div>
      <Suspense>
        {dialog === "insight" && <AddTile onClose={close} onAdd={(saved) => { close(); void changes.put(addInsight(board.tiles, saved)).catch(() => undefined); }} />}
        {dialog === "text" && <TextDialog text="" onClose={close} onSave={(text) => { close(); void changes.put(addText(board.tiles, text)).catch(() => undefined); }} />}
        {dialog === "rename" && <NameDialog title={t("renameDashboard")} name={board.name} description={board.description} confirm={t("common:actions.save")} onClose={close} send={(values) => changes.changeAsync(values)} />}
        {typeof dialog === "object" && dialog && <EditTile tile={dialog.edit} board={board} onClose={close} />}
      </Suspense>
      <RemoveBoard board={board} isOpen={dialog === "delete"} onCancel={close} />
    </div>
  );
}

function EditTile({ tile, board, onClose }: { tile: Tile; board: Dashboard; onClose: () => void }) {
  const { t } = useTranslation(["insights", "common"]);
  const { put } = useDashboardChanges(board.id);
  const replaced = (change: object) => board.tiles.map((one) => (one.id === tile.id ? { ...toRequest(one), ...change } : toRequest(one)));
  if ("text" in tile) return <TextDialog text={tile.text} onClose={onClose} onSave={(text) => { onClose(); void put(replaced({ text })).catch(() => undefined); }} />;
  const saved = board.insights.find(({ id }) => id === tile.insight_id);
  return <NameDialog title={t("renameTile")} name={tile.title ?? saved?.name ?? ""} confirm={t("common:actions.save")} onClose={onClose} send={({ name }) => put(replaced({ title: name === saved?.name ? null : name }))} />;
}

interface GridProps {
  board: Dashboard;
  period: PeriodSearch;
  zone: string;
  nowMs: number;
  mayWrite: boolean;
  onEdit: (tile: Tile) => void;
}

function Grid({ board, period, zone, nowMs, mayWrite, onEdit }: GridProps) {
  const { t } = useTranslation("insights");
  const { arrange } = useDashboardChanges(board.id);
  const [said, setSaid] = useState("");
  const { tiles } = board;
  const actionsOf = (tile: Tile, place: number): TileActions => ({
    onMove: (by) => {
      const to = Math.max(0, Math.min(place + by, tiles.length - 1));
      if (to === place) return;
      setSaid(t("movedTo", { place: to + 1, count: tiles.length }));
      arrange(movedTo(tiles, place, to));
    },
    onDrop: (dragged, isAfter) => arrange(dropped(tiles, dragged, tile.id, isAfter)),
    onSize: (width, height) => {
      const next = sized(tiles, tile.id, width, height);
      const made = next[place];
      if (!made || (made.width === tile.width && made.height === tile.height)) return;
      setSaid(t("sizedTo", { width: made.width, height: made.height }));
      arrange(next);
    },
    onRemove: () => arrange(tiles.filter(({ id }) => id !== tile.id)),
    onEdit: () => onEdit(tile),
  });
  return (
    <>
      <VisuallyHidden role="status" aria-live="polite">{said}</VisuallyHidden>
      <ul className={classes["grid"]} aria-label={board.name}>
        {tiles.map((tile, place) => (
          <BoardTile key={tile.id} tile={tile} saved={"insight_id" in tile ? board.insights.find(({ id }) => id === tile.insight_id) : undefined} place={place} count={tiles.length} period={period} zone={zone} nowMs={nowMs}
            actions={mayWrite ? actionsOf(tile, place) : null} />
        ))}
      </ul>
    </>
  );
}

interface ActionsProps {
  board: Dashboard;
  period: PeriodSearch;
  days: ReturnType<typeof resolveDays>;
  otherDays: ReturnType<typeof resolveDays> | undefined;
  onDialog: (dialog: Dialog) => void;
  onFull: () => void;
}

function BoardActions({ board, period, days, otherDays, onDialog, onFull }: ActionsProps) {
  const { t } = useTranslation(["insights", "common"]);
  const may = useMay();
  const queries = useQueryClient();
  const navigate = useNavigate({ from: "/insights/dashboards/$dashboardId" });
  const changes = useDashboardChanges(board.id);
  const isBusy = useIsFetching({ queryKey: ["insights", "answer"] }) > 0;
  const mayWrite = may("insights.write");
  const copy = useMutation({
    mutationFn: () => duplicateDashboard(board.id),
    onSuccess: (made) => {
      forgetLists(queries);
      void navigate({ to: "/insights/dashboards/$dashboardId", params: { dashboardId: made.id } });
    },
    onError: toastError,
  });
  // Who may not change the dashboard looks at other days in the address alone.
  const setPeriod = (next: PeriodSearch) => {
    void navigate({ search: next as never, replace: true });
    if (mayWrite) changes.change({ period: toPeriod(next) });
  };
  return (
    <>
      <PeriodPicker value={period} days={days} comparedDays={otherDays} onChange={setPeriod} />
      <ActionIcon variant="default" size={36} aria-label={t("refresh")} aria-busy={isBusy} disabled={board.tiles.length === 0} onClick={() => void queries.invalidateQueries({ queryKey: ["insights", "answer"] })}><IconRefresh size={18} stroke={1.5} /></ActionIcon>
      <ActionIcon variant="default" size={36} aria-label={t("fullScreen")} disabled={board.tiles.length === 0} onClick={onFull}><IconMaximize size={18} stroke={1.5} /></ActionIcon>
      {mayWrite && (
        <>
          <Menu>
            <Menu.Target><Button leftSection={<IconPlus size={18} stroke={1.5} />} disabled={board.tiles.length >= TILES_MAX}>{t("add")}</Button></Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconChartLine size={16} stroke={1.5} />} onClick={() => onDialog("insight")}>{t("addTile")}</Menu.Item>
              <Menu.Item leftSection={<IconTypography size={16} stroke={1.5} />} onClick={() => onDialog("text")}>{t("addText")}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <Menu>
            <Menu.Target><ActionIcon variant="default" size={36} aria-label={t("moreOf", { label: board.name })}><IconDotsVertical size={18} stroke={1.5} /></ActionIcon></Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconPencil size={16} stroke={1.5} />} onClick={() => onDialog("rename")}>{t("renameDashboard")}</Menu.Item>
              <Menu.Item leftSection={board.is_pinned ? <IconPinnedOff size={16} stroke={1.5} /> : <IconPin size={16} stroke={1.5} />} onClick={() => changes.change({ is_pinned: !board.is_pinned })}>{t(board.is_pinned ? "unpin" : "pin")}</Menu.Item>
              <Menu.Item leftSection={<IconCopy size={16} stroke={1.5} />} onClick={() => copy.mutate()}>{t("duplicate")}</Menu.Item>
              <Menu.Divider />
              <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={() => onDialog("delete")}>{t("common:actions.delete")}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      )}
    </>
  );
}

function RemoveBoard({ board, isOpen, onCancel }: { board: Dashboard; isOpen: boolean; onCancel: () => void }) {
  const { t } = useTranslation(["insights", "common"]);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => deleteDashboard(board.id),
    onSuccess: async () => {
      await navigate({ to: "/insights" });
      queries.removeQueries({ queryKey: [...DASHBOARDS, board.id] });
      forgetLists(queries);
    },
    onError: toastError,
  });
  return <ConfirmDialog isOpen={isOpen} isHarmful title={t("deleteDashboard", { name: board.name })} confirm={t("common:actions.delete")} isBusy={remove.isPending} onConfirm={() => remove.mutate()} onCancel={onCancel}>{t("deleteDashboardHint")}</ConfirmDialog>;
}
