import { Anchor, Button, Skeleton, Text, Title } from "@mantine/core";
import { IconChevronRight, IconPin } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../../api/queries";
import { QueryProblem } from "../../components/QueryProblem";
import { useFormat } from "../../i18n";
import { dayAt, resolveDays } from "../../period";
import { useMay } from "../../session/useMay";
import { dashboardQuery, periodOf, pinnedQuery, type Dashboard, type DashboardSummary } from "../saved";
import classes from "./Board.module.css";
import { BoardTile } from "./Tile";

/** The dashboards that are pinned to Home, as they are, each tile the way to its insight. */
export default function PinnedBoards() {
  const { t } = useTranslation("insights");
  const may = useMay();
  const pinned = useQuery(pinnedQuery);
  if (pinned.isError && !pinned.data) return <QueryProblem error={pinned.error} onRetry={() => void pinned.refetch()} />;
  if (!pinned.data) return <BoardSkeleton />;
  if (pinned.data.items.length === 0) return may("insights.write") ? <NothingPinned /> : null;
  return (
    <>
      {pinned.data.items.map((board) => <PinnedBoard key={board.id} summary={board} />)}
      {pinned.data.next_cursor !== null && <Anchor component={Link} to="/insights" size="sm" fw={550} mt="lg" display="inline-block">{t("morePinned")}</Anchor>}
    </>
  );
}

function NothingPinned() {
  const { t } = useTranslation("insights");
  return (
    <section className={classes["nothingPinned"]} aria-label={t("pinnedHere")}>
      <IconPin size={20} stroke={1.5} aria-hidden />
      <Text size="sm" c="dimmed">{t("nothingPinned")}</Text>
      <Button component={Link} to="/insights" variant="default" size="compact-sm">{t("title")}</Button>
    </section>
  );
}

function BoardSkeleton() {
  return <div className={classes["pinned"]}><Skeleton width={200} height={20} mb={20} /><div className={classes["grid"]}>{[6, 6].map((width, index) => <Skeleton key={index} radius="lg" style={{ gridColumn: `span ${width}`, gridRow: "span 5", height: 344 }} />)}</div></div>;
}

function PinnedBoard({ summary }: { summary: DashboardSummary }) {
  const { data: session } = useQuery(sessionQuery);
  const board = useQuery(dashboardQuery(summary.id));
  if (board.isError && !board.data) return <QueryProblem error={board.error} onRetry={() => void board.refetch()} />;
  if (!board.data || !session) return <BoardSkeleton />;
  return <Shown board={board.data} zone={session.company?.timezone ?? "UTC"} />;
}

function Shown({ board, zone }: { board: Dashboard; zone: string }) {
  const { t } = useTranslation("insights");
  const format = useFormat();
  const [nowMs] = useState(() => Date.now());
  const [period] = useState(() => periodOf(board.period));
  const days = resolveDays(period, dayAt(nowMs, zone));
  return (
    <section className={classes["pinned"]} aria-label={board.name}>
      <div className={classes["pinnedHead"]}>
        <Title order={2}>{board.name} <Text component="span" c="dimmed" size="sm" fw={400} ml={8}>{format.dateRange(`${days.first}T12:00:00Z`, `${days.last}T12:00:00Z`)}</Text></Title>
        <Anchor component={Link} to={`/insights/dashboards/${board.id}`} size="sm" fw={550} className={classes["open"] ?? ""}>{t("openBoard")} <IconChevronRight size={16} aria-hidden /></Anchor>
      </div>
      {board.tiles.length === 0 ? <Text size="sm" c="dimmed">{t("emptyBoard")}</Text> : (
        <ul className={classes["grid"]} aria-label={board.name}>
          {board.tiles.map((tile, place) => (
            <BoardTile key={tile.id} tile={tile} saved={"insight_id" in tile ? board.insights.find(({ id }) => id === tile.insight_id) : undefined} place={place} count={board.tiles.length} period={period} zone={zone} nowMs={nowMs} actions={null} level={3} />
          ))}
        </ul>
      )}
    </section>
  );
}
