import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { QueryProblem } from "../components/QueryProblem";
import { TabSkeleton } from "./SettingsScreen";

/** Draws what was read, or why it was not, or its place while it comes. */
export function Loaded<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <QueryProblem error={query.error} onRetry={() => void query.refetch()} />;
  return <TabSkeleton />;
}
