import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Schema } from "../api/types";
import type { Span } from "../period";

export type TeamReport = Schema<"TeamReport">;
export type TeamRow = Schema<"TeamRow">;
export type TeamFigures = Schema<"TeamFigures">;
export type TeamStep = Schema<"TeamStep">;
export type Target = Schema<"TargetView">;
export type TargetRequest = Schema<"TargetRequest">;
export type TargetPace = Schema<"TargetPace">;
export type ClusterGoal = Schema<"ClusterGoal">;

export interface TeamAsk extends Span {
  funnel?: string;
  team?: string;
}

export const reportQuery = (ask: TeamAsk | null) =>
  queryOptions({
    queryKey: ["team-report", ask],
    queryFn: ({ signal }) => api.get<TeamReport>("/team-report", { query: { ...ask }, signal }),
    enabled: ask !== null,
    placeholderData: (former) => former,
  });

export const TARGETS = ["targets"] as const;
export const targetsQuery = queryOptions({ queryKey: [...TARGETS], queryFn: ({ signal }) => api.get<{ items: Target[] }>("/targets", { signal }) });
export const clusterGoalsQuery = (funnel: string | undefined) =>
  queryOptions({ queryKey: [...TARGETS, "clusters", funnel], queryFn: ({ signal }) => api.get<{ items: ClusterGoal[] }>("/targets/clusters", { query: { ...(funnel ? { funnel } : {}) }, signal }) });

export const saveTarget = (id: string | null, target: TargetRequest) => (id ? api.put<Target>(`/targets/${id}`, target) : api.post<Target>("/targets", target));
export const deleteTarget = (id: string) => api.delete(`/targets/${id}`);

/** The address of the report as a file: the browser takes it itself. */
export const fileAddress = (ask: TeamAsk, format: "csv" | "xlsx"): string => `/api/v1/team-report/export?${new URLSearchParams({ ...ask, format }).toString()}`;
