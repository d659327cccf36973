import { useMutation, useQueryClient } from "@tanstack/react-query";
import { toastError } from "../../components/problem";
import { changeDashboard, DASHBOARDS, dashboardQuery, type Dashboard, type Tile } from "../saved";
import type { Schema } from "../../api/types";
import { toRequest, type TileRequest } from "./tiles";

type Change = Omit<Schema<"DashboardChange">, "base_version" | "tiles">;

/**
 * Changes a dashboard: shown at once, sent one after the other, each upon the version that the one before made. What the
 * server refuses is taken back by reading the dashboard again.
 */
export function useDashboardChanges(id: string) {
  const queries = useQueryClient();
  const { queryKey } = dashboardQuery(id);
  const mutation = useMutation({
    scope: { id: `dashboard-${id}` },
    mutationFn: (change: Schema<"DashboardChange">) => changeDashboard(id, { ...change, base_version: queries.getQueryData<Dashboard>(queryKey)?.version ?? null }),
    onSuccess: (made) => {
      // Tiles that were moved meanwhile stay as they are shown: their own change follows.
      const isLast = queries.isMutating({ predicate: (one) => one.options.scope?.id === `dashboard-${id}` }) <= 1;
      queries.setQueryData<Dashboard>(queryKey, (shown) => (shown && !isLast ? { ...made, tiles: shown.tiles, period: shown.period } : made));
      void queries.invalidateQueries({ queryKey: [...DASHBOARDS, "list"] });
    },
    onError: (error) => {
      toastError(error);
      void queries.invalidateQueries({ queryKey });
    },
  });
  const show = (change: Partial<Dashboard>) => queries.setQueryData<Dashboard>(queryKey, (shown) => shown && { ...shown, ...change });
  return {
    change: (change: Change) => {
      show(change as Partial<Dashboard>);
      mutation.mutate(change);
    },
    changeAsync: (change: Change) => mutation.mutateAsync(change),
    /** Moved, resized or fewer tiles. */
    arrange: (tiles: readonly Tile[]) => {
      void queries.cancelQueries({ queryKey });
      show({ tiles: [...tiles] });
      mutation.mutate({ tiles: tiles.map(toRequest) });
    },
    /** Tiles that the server makes. */
    put: (tiles: readonly TileRequest[]) => mutation.mutateAsync({ tiles: [...tiles] }),
  };
}
