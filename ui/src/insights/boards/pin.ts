import i18next from "i18next";
import { changeDashboard, createDashboard, dashboardQuery, pinnedQuery, type Saved } from "../saved";
import type { QueryClient } from "@tanstack/react-query";
import { addInsight, TILES_MAX } from "./tiles";

/** Shows an insight on Home: on the first pinned dashboard, or on a new one for what is pinned alone. Answers false where it stands there already. */
export async function pinToHome(queries: QueryClient, saved: Saved): Promise<boolean> {
  const pinned = await queries.query({ ...pinnedQuery, staleTime: 0 });
  const boards = await Promise.all(pinned.items.map(({ id }) => queries.query({ ...dashboardQuery(id), staleTime: 0 })));
  if (boards.some(({ tiles }) => tiles.some((tile) => "insight_id" in tile && tile.insight_id === saved.id))) return false;
  const board = boards.find(({ tiles }) => tiles.length < TILES_MAX) ?? (await createDashboard(i18next.t("homeBoard", { ns: "insights" })));
  await changeDashboard(board.id, { tiles: addInsight(board.tiles, saved), is_pinned: true, base_version: board.version });
  return true;
}
