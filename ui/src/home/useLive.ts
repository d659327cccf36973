import { useQueryClient } from "@tanstack/react-query";
import { useLiveEvents } from "../api/live";
import { homeQuery } from "../api/queries";
import type { Happening, Home } from "../api/types";

/** How many happenings the screen keeps. */
const RECENT_MAX = 30;

function withHappening(home: Home, item: Happening): Home {
  if (home.recent.some(({ position }) => position === item.position)) return home;
  const recent = [item, ...home.recent].sort((a, b) => b.position - a.position).slice(0, RECENT_MAX);
  return { ...home, recent };
}

/** Moves the numbers of Home while things happen. Returns whether the connection stands. */
export function useLive(): boolean {
  const queries = useQueryClient();
  const update = (change: (home: Home) => Home) =>
    queries.setQueryData(homeQuery.queryKey, (home) => (home ? change(home) : home));
  return useLiveEvents({
    onTotals: (today) => update((home) => ({ ...home, today })),
    onHappened: (item) => update((home) => withHappening(home, item)),
    onBack: () => void queries.invalidateQueries({ queryKey: homeQuery.queryKey }),
  });
}
