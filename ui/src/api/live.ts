import { useEffect, useEffectEvent, useState } from "react";
import { apiUrl } from "./client";
import type { Happening, Totals } from "./types";

/** The browser reconnects by itself after a break, but not after an error answer: then we do, ever more slowly. */
const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 60_000;

export interface LiveHandlers {
  onTotals?: (today: Totals) => void;
  onHappened: (item: Happening) => void;
  /** The connection stands again: what happened during the break was not sent. */
  onBack: () => void;
}

/** Listens to what happens. Returns whether the connection stands. */
export function useLiveEvents(handlers: LiveHandlers): boolean {
  const [isConnected, setIsConnected] = useState(true);
  const totals = useEffectEvent((today: Totals) => handlers.onTotals?.(today));
  const happened = useEffectEvent((item: Happening) => handlers.onHappened(item));
  const back = useEffectEvent(() => handlers.onBack());

  useEffect(() => {
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let retryMs = RETRY_FIRST_MS;

    function connect() {
      let hasOpened = false;
      source = new EventSource(apiUrl("/live"));
      source.onopen = () => {
        setIsConnected(true);
        retryMs = RETRY_FIRST_MS;
        if (hasOpened) back();
        hasOpened = true;
      };
      source.onerror = () => {
        setIsConnected(false);
        if (source?.readyState !== EventSource.CLOSED) return;
        timer = setTimeout(connect, retryMs);
        retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
      };
      source.addEventListener("totals", (event: MessageEvent<string>) => totals(JSON.parse(event.data) as Totals));
      source.addEventListener("happened", (event: MessageEvent<string>) => happened(JSON.parse(event.data) as Happening));
    }

    connect();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
  }, []);

  return isConnected;
}
