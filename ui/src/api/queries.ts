import { QueryClient, queryOptions } from "@tanstack/react-query";
import i18next from "i18next";
import { toFunnel, type FunnelView } from "../funnels/document";
import { ApiProblem, api, readSession } from "./client";
import type { FunnelAnswer, FunnelQuery, Home } from "./types";

const RETRIES_MAX = 2;

/** Reads are tried again when the server stumbled or could not be reached, never when it refused. */
function shouldRetry(failures: number, error: Error): boolean {
  const isRefusal = error instanceof ApiProblem && error.status >= 400 && error.status < 500;
  return !isRefusal && failures < RETRIES_MAX;
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: shouldRetry, staleTime: 15_000, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  });
}

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => readSession(signal),
  staleTime: 5 * 60_000,
});

export const homeQuery = queryOptions({
  queryKey: ["home"],
  queryFn: ({ signal }) => api.get<Home>("/home", { signal }),
});

/** The funnels with their documents. */
export const funnelViewsQuery = queryOptions({
  queryKey: ["funnels"],
  queryFn: ({ signal }) => api.get<{ items: FunnelView[] }>("/funnels", { signal }),
  staleTime: 60_000,
});

/** The funnels as the report needs them: stages with their names and events. */
export const funnelsQuery = queryOptions({
  ...funnelViewsQuery,
  select: ({ items }: { items: FunnelView[] }) => ({ items: items.map((view) => toFunnel(view, i18next.language)) }),
});

/** The report over any steps. The former answer stays on screen while the next is computed. */
export const funnelAnswerQuery = (query: FunnelQuery) =>
  queryOptions({
    queryKey: ["insights", query],
    queryFn: ({ signal }) => api.post<FunnelAnswer>("/insights/query", query, { signal }),
    placeholderData: (former) => former,
  });
