import type { Schema } from "../../api/types";
import { parseKind, type Kind } from "../ask";
import type { Saved, Tile } from "../saved";

export type TileRequest = Schema<"DashboardTileRequest">;

export const COLUMNS = 12;
export const ROWS_MAX = 24;
export const TILES_MAX = 30;
export const TEXT_MAX = 4_000;
/** Narrower than this no chart can be read. */
export const WIDTH_MIN = 3;
export const HEIGHT_MIN = 2;
/** One row of the grid with the gap below it, in pixels. */
export const ROW_PX = 72;
export const GAP_PX = 16;

/** How much room each kind needs to be read at a glance. */
const SIZES: Record<Kind, { width: number; height: number }> = {
  funnel: { width: 12, height: 6 },
  trend: { width: 6, height: 5 },
  retention: { width: 6, height: 6 },
  paths: { width: 12, height: 7 },
  lifecycle: { width: 6, height: 5 },
  time_in_stage: { width: 6, height: 5 },
};
const NUMBER_SIZE = { width: 3, height: 2 };
const TEXT_SIZE = { width: 12, height: 2 };

export function toRequest(tile: Tile): TileRequest {
  const { id, width, height } = tile;
  return "insight_id" in tile ? { id, width, height, insight_id: tile.insight_id, ...(tile.title ? { title: tile.title } : {}) } : { id, width, height, text: tile.text };
}

export function addInsight(tiles: readonly Tile[], saved: Saved): TileRequest[] {
  const size = saved.view["chart"] === "number" ? NUMBER_SIZE : SIZES[parseKind(saved.query["insight"])];
  return [...tiles.map(toRequest), { ...size, insight_id: saved.id }];
}

export const addText = (tiles: readonly Tile[], text: string): TileRequest[] => [...tiles.map(toRequest), { ...TEXT_SIZE, text }];

/** The tiles with one of them taken out and put in at another place of those that are left. */
export function movedTo<T>(tiles: readonly T[], from: number, to: number): T[] {
  const next = [...tiles];
  const [tile] = next.splice(from, 1);
  if (tile !== undefined) next.splice(Math.max(0, Math.min(to, next.length)), 0, tile);
  return next;
}

/** Dropped on a tile, before or after it. */
export function dropped<T extends { id: string }>(tiles: readonly T[], dragged: string, target: string, isAfter: boolean): T[] {
  const from = tiles.findIndex(({ id }) => id === dragged);
  if (from < 0 || dragged === target) return [...tiles];
  const rest = tiles.filter(({ id }) => id !== dragged);
  const place = rest.findIndex(({ id }) => id === target);
  return movedTo(tiles, from, place + (isAfter ? 1 : 0));
}

const within = (value: number, min: number, max: number) => Math.max(min, Math.min(max, value));

export function sized<T extends { id: string; width: number; height: number }>(tiles: readonly T[], id: string, width: number, height: number): T[] {
  return tiles.map((tile) => (tile.id === id ? { ...tile, width: within(width, WIDTH_MIN, COLUMNS), height: within(height, HEIGHT_MIN, ROWS_MAX) } : tile));
}

/** How high a tile is on the page. */
export const tileHeight = (rows: number): number => rows * ROW_PX - GAP_PX;
