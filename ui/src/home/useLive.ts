import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { apiUrl } from "../api/client";
import { homeQuery } from "../api/queries";
import type { Happening, Home, Totals } from "../api/types";

/** How many happenings the screen keeps. */
const RECENT_MAX = 30;
/** The browser reconnects by itself after a break, but not after an error answer: then we do, ever more slowly. */
const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 60_000;

function withHappening(home: Home, item: Happening): Home {
  if (home.recent.some(({ position }) => position === item.position)) return home;
  const recent = [item, ...home.recent].sort((a, b) => b.position - a.position).slice(0, RECENT_MAX);
  return { ...home, recent };
}

/** Moves the numbers of Home while things happen. Returns whether the connection stands. */
export function useLive(): boolean {
  const queries = useQueryClient();
  const [isConnected, setIsConnected] = useState(true);

  useEffect(() => {
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let retryMs = RETRY_FIRST_MS;
    const update = (change: (home: Home) => Home) =>
      queries.setQueryData(homeQuery.queryKey, (home) => (home ? change(home) : home));

    function connect() {
      let hasOpened = false;
      source = new EventSource(apiUrl("/live"));
      source.onopen = () => {
        setIsConnected(true);
        retryMs = RETRY_FIRST_MS;
        // What happened during a break was not sent: read it.
        if (hasOpened) void queries.invalidateQueries({ queryKey: homeQuery.queryKey });
        hasOpened = true;
      };
      source.onerror = () => {
        setIsConnected(false);
        if (source?.readyState !== EventSource.CLOSED) return;
        timer = setTimeout(connect, retryMs);
        retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
      };
      source.addEventListener("totals", (event: MessageEvent<string>) => {
        const today = JSON.parse(event.data) as Totals;
        update((home) => ({ ...home, today }));
      });
      source.addEventListener("happened", (event: MessageEvent<string>) => {
        const item = JSON.parse(event.data) as Happening;
        update((home) => withHappening(home, item));
      });
    }

    connect();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
  }, [queries]);

  return isConnected;
}
