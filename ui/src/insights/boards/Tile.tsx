import { ActionIcon, Menu, Skeleton, Text } from "@mantine/core";
import { draggable, dropTargetForElements } from "@atlaskit/pragmatic-drag-and-drop/adapter/element-adapter";
import { combine } from "@atlaskit/pragmatic-drag-and-drop/combine";
import { IconArrowLeft, IconArrowRight, IconArrowsMaximize, IconDotsVertical, IconGripVertical, IconPencil, IconTrash } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type PointerEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { describeError } from "../../components/problem";
import { dayAt, spanOf, type PeriodSearch } from "../../period";
import { AnswerView } from "../answers/AnswerView";
import { chartOf, lean, type InsightState } from "../ask";
import { savedState, type Saved, type Tile } from "../saved";
import { askedOf, useAnswer } from "../useAnswer";
import classes from "./Board.module.css";
import { GAP_PX, ROW_PX, tileHeight } from "./tiles";

const MarkdownText = lazy(() => import("./MarkdownText"));

/** What is left for a picture below a tile's head and within its padding. */
const AROUND_PX = 68;
const PICTURE_MIN_PX = 96;

export interface TileActions {
  onMove: (by: number) => void;
  onDrop: (dragged: string, isAfter: boolean) => void;
  onSize: (width: number, height: number) => void;
  onRemove: () => void;
  /** Renames an insight's tile, rewrites a text. */
  onEdit: () => void;
}

interface Props {
  tile: Tile;
  saved: Saved | undefined;
  place: number;
  count: number;
  period: PeriodSearch;
  zone: string;
  nowMs: number;
  /** Nothing can be moved without. */
  actions: TileActions | null;
  /** Of its heading. */
  level?: 2 | 3;
}

/** One place of a dashboard: an insight's answer or a text, to be moved and resized by hand or by keyboard. */
export function BoardTile(props: Props) {
  const { tile, saved, actions, level = 2 } = props;
  const { t } = useTranslation("insights");
  const root = useRef<HTMLLIElement>(null);
  const grip = useRef<HTMLButtonElement>(null);
  const [isDragged, setIsDragged] = useState(false);
  const [edge, setEdge] = useState<"before" | "after" | null>(null);
  const [preview, setPreview] = useState<{ width: number; height: number } | null>(null);
  const isText = "text" in tile;
  const name = isText ? t("textTile") : (tile.title ?? saved?.name ?? t("insight"));
  useTileDrag(root, grip, tile.id, actions, setIsDragged, setEdge);
  const Heading = level === 2 ? "h2" : "h3";
  const { width, height } = preview ?? tile;
  const tools = actions && <TileTools {...props} name={name} actions={actions} grip={grip} />;
  return (
    <li ref={root} className={classes["tile"]} data-text={isText || undefined} data-dragged={isDragged || undefined} data-edge={edge ?? undefined} data-resized={preview ? true : undefined}
      style={{ "--tile-width": width, "--tile-height": height } as React.CSSProperties} aria-label={name}>
      {isText ? (
        <>
          {tools && <div className={classes["textTools"]}>{tools}</div>}
          <div className={classes["words"]}><Suspense><MarkdownText text={tile.text} /></Suspense></div>
        </>
      ) : (
        <>
          <div className={classes["head"]}>
            <Heading className={classes["title"]} title={saved?.description || name}>{saved ? <Link to="/insights/$insightId" params={{ insightId: saved.id }} search={{} as never}>{name}</Link> : name}</Heading>
            {tools}
          </div>
          {saved ? <TileAnswer {...props} saved={saved} height={Math.max(tileHeight(height) - AROUND_PX, PICTURE_MIN_PX)} /> : <Text size="sm" c="dimmed" px="md">{t("insightGone")}</Text>}
        </>
      )}
      {actions && <Resize tile={tile} name={name} onSize={actions.onSize} onPreview={setPreview} />}
    </li>
  );
}

function useTileDrag(
  root: React.RefObject<HTMLLIElement | null>, grip: React.RefObject<HTMLButtonElement | null>, id: string, actions: TileActions | null,
  setIsDragged: (is: boolean) => void, setEdge: (edge: "before" | "after" | null) => void,
) {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  const canMove = actions !== null;
  useEffect(() => {
    const [element, dragHandle] = [root.current, grip.current];
    if (!canMove || !element || !dragHandle) return;
    const isAfter = (clientX: number) => {
      const box = element.getBoundingClientRect();
      return clientX > box.left + box.width / 2;
    };
    return combine(
      draggable({ element, dragHandle, getInitialData: () => ({ tile: id }), onDragStart: () => setIsDragged(true), onDrop: () => setIsDragged(false) }),
      dropTargetForElements({
        element,
        canDrop: ({ source }) => typeof source.data["tile"] === "string" && source.data["tile"] !== id,
        onDrag: ({ location }) => setEdge(isAfter(location.current.input.clientX) ? "after" : "before"),
        onDragLeave: () => setEdge(null),
        onDrop: ({ source, location }) => {
          setEdge(null);
          latest.current?.onDrop(source.data["tile"] as string, isAfter(location.current.input.clientX));
        },
      }),
    );
  }, [root, grip, id, canMove, setIsDragged, setEdge]);
}

interface ToolsProps extends Props {
  name: string;
  actions: TileActions;
  grip: React.RefObject<HTMLButtonElement | null>;
}

const MOVES: Record<string, number> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

function TileTools({ tile, name, place, count, actions, grip }: ToolsProps) {
  const { t } = useTranslation("insights");
  const onKeyDown = (event: KeyboardEvent) => {
    const by = MOVES[event.key];
    if (by === undefined) return;
    event.preventDefault();
    actions.onMove(by);
  };
  return (
    <span className={classes["tools"]}>
      <ActionIcon ref={grip} size={32} className={`${classes["quietTool"] ?? ""} ${classes["grip"] ?? ""}`} aria-label={t("moveTile", { name, place: place + 1, count })} onKeyDown={onKeyDown}><IconGripVertical size={16} stroke={1.5} /></ActionIcon>
      <Menu>
        <Menu.Target><ActionIcon size={32} className={classes["quietTool"] ?? ""} aria-label={t("moreOf", { label: name })}><IconDotsVertical size={16} stroke={1.5} /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} stroke={1.5} />} onClick={actions.onEdit}>{t("text" in tile ? "editText" : "renameTile")}</Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconArrowLeft size={16} stroke={1.5} />} disabled={place === 0} onClick={() => actions.onMove(-1)}>{t("moveEarlier")}</Menu.Item>
          <Menu.Item leftSection={<IconArrowRight size={16} stroke={1.5} />} disabled={place === count - 1} onClick={() => actions.onMove(1)}>{t("moveLater")}</Menu.Item>
          <Menu.Divider />
          {([3, 4, 6, 12] as const).map((width) => <Menu.Item key={width} leftSection={<IconArrowsMaximize size={16} stroke={1.5} />} disabled={tile.width === width} onClick={() => actions.onSize(width, tile.height)}>{t(`widths.${width}`)}</Menu.Item>)}
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={actions.onRemove}>{t("removeTile")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </span>
  );
}

interface ResizeProps {
  tile: Tile;
  name: string;
  onSize: (width: number, height: number) => void;
  onPreview: (size: { width: number; height: number } | null) => void;
}

/** The corner that is pulled; arrow keys do the same. */
function Resize({ tile, name, onSize, onPreview }: ResizeProps) {
  const { t } = useTranslation("insights");
  const start = useRef<{ x: number; y: number; column: number } | null>(null);
  const sizeAt = (event: PointerEvent) => {
    const from = start.current;
    if (!from) return null;
    const clamp = (value: number, min: number, max: number) => Math.max(min, Math.min(max, value));
    return { width: clamp(tile.width + Math.round((event.clientX - from.x) / from.column), 3, 12), height: clamp(tile.height + Math.round((event.clientY - from.y) / ROW_PX), 2, 24) };
  };
  const end = (event: PointerEvent) => {
    const size = sizeAt(event);
    start.current = null;
    onPreview(null);
    if (size && (size.width !== tile.width || size.height !== tile.height)) onSize(size.width, size.height);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!dx && !dy) return;
    event.preventDefault();
    onSize(tile.width + (dx ?? 0), tile.height + (dy ?? 0));
  };
  return (
    <button type="button" className={`${classes["resize"] ?? ""} ${classes["quietTool"] ?? ""}`} aria-label={t("resizeTile", { name, width: tile.width, height: tile.height })} onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const box = event.currentTarget.parentElement?.getBoundingClientRect();
        start.current = { x: event.clientX, y: event.clientY, column: ((box?.width ?? 0) + GAP_PX) / tile.width };
      }}
      onPointerMove={(event) => { const size = sizeAt(event); if (size) onPreview(size); }}
      onPointerUp={end} onPointerCancel={end} />
  );
}

function TileAnswer({ saved, period, zone, nowMs, height }: Props & { saved: Saved; height: number }) {
  const { t } = useTranslation("insights");
  const navigate = useNavigate();
  const today = dayAt(nowMs, zone);
  const { state, asked } = useMemo(() => {
    const own = savedState(saved, zone);
    // The dashboard's days are everybody's.
    const of = { ...lean({ ...own, period: undefined, from: undefined, to: undefined, compare: undefined }), ...period } as InsightState;
    return { state: of, asked: of.ask ? askedOf(of, of.ask, today, zone) : null };
  }, [saved, period, today, zone]);
  const answered = useAnswer(asked?.question ?? null);
  const message = (words: ReactNode) => <div className={classes["body"]}><div className={classes["center"]}><Text size="sm" c="dimmed" ta="center">{words}</Text></div></div>;
  if (saved.fault) return message(t("fault", { message: saved.fault.message }));
  if (!asked?.question || !state.ask) return message(t("tooLittleHint"));
  if (answered.error && !answered.answer) return message(describeError(answered.error));
  if (!answered.answer) return <div className={classes["body"]}><Skeleton height={height} radius="md" /></div>;
  // The whole picture leads to its insight; for the keyboard its title does.
  const open = (event: MouseEvent) => {
    if ((event.target as Element).closest("button, a, [role=button]") || getSelection()?.toString()) return;
    void navigate({ to: "/insights/$insightId", params: { insightId: saved.id }, search: state as never });
  };
  return (
    <div className={classes["body"]} onClick={open} data-stale={answered.isStale || undefined} tabIndex={0} role="group" aria-label={saved.name}>
      <AnswerView ask={state.ask} chart={chartOf(state)} query={asked.question.query} answer={answered.answer} span={spanOf(asked.days, zone)} zone={zone} nowMs={nowMs} tileHeight={height}
        onPick={(pick) => void navigate({ to: "/insights/$insightId", params: { insightId: saved.id }, search: { ...state, pick } })} />
    </div>
  );
}
