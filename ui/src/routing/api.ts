import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Schema } from "../api/types";

export type Team = Schema<"TeamView">;
export type TeamRequest = Schema<"TeamRequest">;
export type Rule = Schema<"AssignmentRuleView">;
export type RuleDraft = Schema<"AssignmentRule">;
export type RulePreview = Schema<"AssignmentRulePreview">;
export type WorkingHours = Schema<"WorkingHours">;
export type Hours = Schema<"HoursView">;
export type DealAssignments = Schema<"DealAssignments">;
export type Assignment = Schema<"AssignmentView">;

/** Everything about who gets which deals lies below this key. */
export const ROUTING = ["routing"] as const;

export const teamsQuery = queryOptions({ queryKey: [...ROUTING, "teams"], queryFn: ({ signal }) => api.get<{ items: Team[] }>("/teams", { signal }) });
export const rulesQuery = queryOptions({ queryKey: [...ROUTING, "rules"], queryFn: ({ signal }) => api.get<{ items: Rule[] }>("/assignment-rules", { signal }) });
export const hoursQuery = queryOptions({ queryKey: [...ROUTING, "hours"], queryFn: ({ signal }) => api.get<Hours>("/working-hours", { signal }) });

export const saveTeam = (id: string | null, team: TeamRequest) => (id ? api.put<Team>(`/teams/${id}`, team) : api.post<Team>("/teams", team));
export const deleteTeam = (id: string) => api.delete(`/teams/${id}`);

export const saveCompanyHours = (hours: WorkingHours) => api.put<Hours>("/working-hours", hours);
export const saveHours = (user: string, hours: WorkingHours | null) => api.put<Hours>(`/working-hours/${user}`, { hours });

export const saveRule = (rule: RuleDraft, of: Rule | null) => (of ? api.put<Rule>(`/assignment-rules/${of.id}`, { rule, base_version: of.version }) : api.post<Rule>("/assignment-rules", { rule }));
export const orderRules = (ids: string[]) => api.put<{ items: Rule[] }>("/assignment-rules/order", { ids });
export const deleteRule = (id: string) => api.delete(`/assignment-rules/${id}`);

export const previewQuery = (rule: RuleDraft, id: string | null) =>
  queryOptions({
    queryKey: [...ROUTING, "preview", id, rule],
    queryFn: ({ signal }) => api.post<RulePreview>("/assignment-rules/preview", { rule, ...(id ? { id } : {}) }, { signal }),
    placeholderData: (former) => former,
    retry: false,
  });

/** Lies below the deals: whatever changes a deal may have changed who has it. */
export const assignmentsQuery = (deal: string) =>
  queryOptions({ queryKey: ["deals", "assignments", deal], queryFn: ({ signal }) => api.get<DealAssignments>(`/deals/${deal}/assignments`, { signal }) });
export const assignNow = (deal: string) => api.post<DealAssignments>(`/deals/${deal}/assignments`);
