import { Button, Skeleton, Text } from "@mantine/core";
import { monitorForElements, dropTargetForElements } from "@atlaskit/pragmatic-drag-and-drop/adapter/element-adapter";
import { autoScrollForElements } from "@atlaskit/pragmatic-drag-and-drop-auto-scroll/element";
import { IconBriefcase, IconSearchOff, IconThumbDown, IconTrophy } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { stageColor } from "../charts/palette";
import { EmptyState } from "../components/EmptyState";
import { QueryProblem } from "../components/QueryProblem";
import { stageHue, stageName, type FunnelView } from "../funnels/document";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { boardQuery, type Deal } from "./api";
import { findDeal, withPending, type Board as BoardData, type BoardColumn, type DealSum } from "./board";
import classes from "./Board.module.css";
import { DealCard } from "./DealCard";
import type { ChangeSearch } from "./DealsScreen";
import type { DealsSearch } from "./search";
import { ShutGate } from "./gates/ShutGate";
import { useDealChanges, usePendingChanges, type DealRequest } from "./useDealChanges";

const CloseDeal = lazy(() => import("./CloseDeal"));

interface Props {
  funnel: FunnelView;
  search: DealsSearch;
  onChange: ChangeSearch;
  onAdd: () => void;
}

/** Where a dragged deal may be let go. */
type Target = { stage: string } | { outcome: "won" | "lost" };

export function Board({ funnel, search, onChange, onAdd }: Props) {
  const { t, i18n } = useTranslation("deals");
  const may = useMay();
  const { owner, q } = search;
  const answer = useQuery(boardQuery({ funnel: funnel.id, locale: i18n.language, ...(owner ? { owner } : {}), ...(q ? { q } : {}) }));
  const pending = usePendingChanges();
  const [nowMs] = useState(() => Date.now());
  const [shut, setShut] = useState<DealRequest | null>(null);
  const changes = useDealChanges(funnel.document, setShut);
  const [closing, setClosing] = useState<{ deal: Deal; outcome: "won" | "lost" } | null>(null);

  if (answer.isError && !answer.data) return <QueryProblem error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <BoardSkeleton columns={funnel.document.stages.length} />;
  const board = withPending(answer.data, pending, nowMs);
  const isEmpty = board.columns.every(({ deals }) => deals.length === 0);
  if (isEmpty && (owner || q)) {
    return <EmptyState icon={IconSearchOff} title={t("nothingFound")} hint={t("nothingFoundHint")} actions={<Button variant="default" onClick={() => onChange({ owner: undefined, q: undefined })}>{t("clearFilters")}</Button>} />;
  }
  if (isEmpty) {
    return <EmptyState icon={IconBriefcase} title={t("empty")} hint={t("emptyHint")} actions={may("deals.write") && <Button onClick={onAdd}>{t("add")}</Button>} />;
  }

  function go(deal: Deal, target: Target) {
    if ("outcome" in target) setClosing({ deal, outcome: target.outcome });
    else if (target.stage !== deal.stage) changes.mutate({ kind: "move", deal: deal.id, stage: target.stage, former: deal });
  }

  return (
    <>
      <Columns board={board} funnel={funnel} isStale={answer.isPlaceholderData} isFixed={!may("deals.write")} onGo={go} onChange={onChange} />
      <Suspense>
        {shut?.former && <ShutGate request={shut} deal={shut.former} document={funnel.document} onClose={() => setShut(null)} />}
        {closing && (
          <CloseDeal deal={closing.deal} outcome={closing.outcome} onClose={() => setClosing(null)}
            onConfirm={(reason) => { changes.mutate({ kind: "close", deal: closing.deal.id, outcome: closing.outcome, reason, former: closing.deal }); setClosing(null); }} />
        )}
      </Suspense>
    </>
  );
}

interface ColumnsProps {
  board: BoardData;
  funnel: FunnelView;
  isStale: boolean;
  isFixed: boolean;
  onGo: (deal: Deal, target: Target) => void;
  onChange: ChangeSearch;
}

function Columns({ board, funnel, isStale, isFixed, onGo, onChange }: ColumnsProps) {
  const { t } = useTranslation("deals");
  const [dragged, setDragged] = useState<string | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  // The monitor lives as long as the board; it must see the board as it is when something is let go.
  const latest = useRef({ board, onGo });
  useEffect(() => {
    latest.current = { board, onGo };
  });
  useEffect(
    () =>
      monitorForElements({
        canMonitor: ({ source }) => typeof source.data["deal"] === "string",
        onDragStart: ({ source }) => setDragged(source.data["deal"] as string),
        onDrop: ({ source, location }) => {
          setDragged(null);
          const target = location.current.dropTargets[0]?.data as unknown as Target | undefined;
          const deal = findDeal(latest.current.board, source.data["deal"] as string);
          if (deal && target) latest.current.onGo(deal, target);
        },
      }),
    [],
  );
  useEffect(() => (scroller.current ? autoScrollForElements({ element: scroller.current }) : undefined), []);
  // Stages before anybody is known hold no deals: they give their room to those that do.
  const firstBusy = board.columns.findIndex(({ deals }) => deals.length > 0);
  return (
    <div className={classes["root"]}>
      <div ref={scroller} className={classes["columns"]} data-stale={isStale || undefined} role="group" aria-label={t("boardLabel")} tabIndex={0}>
        {board.columns.map((column, index) => (
          <Column key={column.stage} column={column} funnel={funnel} index={index} isQuiet={index < firstBusy} isFixed={isFixed} onGo={onGo} onChange={onChange} />
        ))}
      </div>
      {dragged && (
        <div className={classes["outcomes"]}>
          <Outcome outcome="lost" icon={<IconThumbDown size={20} stroke={1.5} />}>{t("dropLost")}</Outcome>
          <Outcome outcome="won" icon={<IconTrophy size={20} stroke={1.5} />}>{t("dropWon")}</Outcome>
        </div>
      )}
    </div>
  );
}

/** Makes an element a place where deals may be let go. */
function useDropTarget(target: Target) {
  const ref = useRef<HTMLDivElement>(null);
  const [isOver, setIsOver] = useState(false);
  const key = "stage" in target ? target.stage : target.outcome;
  const isStage = "stage" in target;
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    return dropTargetForElements({
      element,
      canDrop: ({ source }) => typeof source.data["deal"] === "string",
      getData: () => (isStage ? { stage: key } : { outcome: key }),
      onDragEnter: () => setIsOver(true),
      onDragLeave: () => setIsOver(false),
      onDrop: () => setIsOver(false),
    });
  }, [key, isStage]);
  return { ref, isOver };
}

function Outcome({ outcome, icon, children }: { outcome: "won" | "lost"; icon: ReactNode; children: ReactNode }) {
  const { ref, isOver } = useDropTarget({ outcome });
  return <div ref={ref} className={classes["outcome"]} data-outcome={outcome} data-over={isOver || undefined}>{icon}{children}</div>;
}

interface ColumnProps {
  column: BoardColumn;
  funnel: FunnelView;
  index: number;
  isQuiet: boolean;
  isFixed: boolean;
  onGo: (deal: Deal, target: Target) => void;
  onChange: ChangeSearch;
}

function Column({ column, funnel, index, isQuiet, isFixed, onGo, onChange }: ColumnProps) {
  const { t, i18n } = useTranslation("deals");
  const format = useFormat();
  const { ref, isOver } = useDropTarget({ stage: column.stage });
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => (list.current ? autoScrollForElements({ element: list.current }) : undefined), []);
  const stage = funnel.document.stages[index];
  const name = stage ? stageName(stage, i18n.language) : t("olderVersion");
  const count = column.open.count + column.won.count;
  return (
    <section ref={ref} className={classes["column"]} data-over={isOver || undefined} data-quiet={isQuiet || undefined} aria-label={name} style={{ "--hue": stageColor(stageHue(stage, index)) } as React.CSSProperties}>
      <header className={classes["head"]}>
        <h2 className={classes["name"]}>{name}</h2>
        <span className={classes["count"]} aria-label={t("count", { count, shown: format.integer(count) })}>{format.integer(count)}</span>
        <Sum sum={column.open} won={column.won} />
      </header>
      <ol ref={list} className={classes["cards"]}>
        {column.deals.map((deal) => (
          <DealCard key={deal.id} deal={deal} funnel={funnel} isFixed={isFixed} onOpen={() => onChange({ deal: deal.id })} onMove={(to) => onGo(deal, { stage: to })} onEnd={(outcome) => onGo(deal, { outcome })} />
        ))}
        {column.deals.length === 0 && <li className={classes["nothing"]}>{t("columnEmpty")}</li>}
        {count > column.deals.length && (
          <li><Button variant="subtle" size="compact-sm" fullWidth onClick={() => onChange({ view: "list", stage: column.stage })}>{t("showAll", { shown: format.integer(count) })}</Button></li>
        )}
      </ol>
    </section>
  );
}

/** What the deals of a column are worth; won ones apart, since they are no hope any more. */
function Sum({ sum, won }: { sum: DealSum; won: DealSum }) {
  const { t } = useTranslation("deals");
  const format = useFormat();
  const write = (values: DealSum["values"]) => values.filter(({ minor }) => minor !== 0).map((value) => format.money(value, { whole: true })).join(" + ");
  const [open, closed] = [write(sum.values), write(won.values)];
  return (
    <span className={classes["sum"]}>
      {open || (closed ? "" : "–")}
      {closed && <span className={classes["won"]}>{t("wonSum", { sum: closed })}</span>}
    </span>
  );
}

const SKELETON_CARDS = [3, 4, 2, 3, 1];

export function BoardSkeleton({ columns = 5 }: { columns?: number }) {
  return (
    <div className={classes["root"]} aria-busy>
      <div className={classes["columns"]}>
        {Array.from({ length: columns }, (_, index) => (
          <div key={index} className={classes["column"]}>
            <div className={classes["head"]}><Text span c="transparent"><Skeleton height={16} width={112} /></Text></div>
            <div className={classes["cards"]}>{Array.from({ length: SKELETON_CARDS[index % SKELETON_CARDS.length] ?? 2 }, (_, card) => <Skeleton key={card} height={104} radius="md" style={{ flex: "none" }} />)}</div>
          </div>
        ))}
      </div>
    </div>
  );
}
