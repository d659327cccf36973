import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Schema } from "../api/types";
import { DEALS } from "../deals/api";

export type Activity = Schema<"ActivityView">;
export type ActivityKind = Schema<"ActivityKind">;
export type ActivityContent = Schema<"ActivityContent">;
export type NewActivity = Schema<"NewActivity">;
export type ActivityDone = Schema<"ActivityDone">;
export type ActivityCompletion = Schema<"ActivityCompletion">;
export type ActivitySettings = Schema<"ActivitySettings">;
export type RecordTimelinePage = Schema<"RecordTimeline">;
export type TimelineItem = Schema<"TimelineItem">;
export type TimelineKind = Schema<"TimelineKind">;
export type Repeat = Schema<"Repeat">;

/** What an activity is about. */
export interface ActivityRecord {
  contact_id: string | null;
  deal_id: string | null;
}

/** Everything that changes with activities lies below this key. */
export const ACTIVITIES = ["activities"] as const;

export const activitySettingsQuery = queryOptions({
  queryKey: ["activity-settings"],
  queryFn: ({ signal }) => api.get<ActivitySettings>("/activities/settings", { signal }),
  staleTime: 5 * 60_000,
});

export const fetchTimeline = (record: ActivityRecord, kinds: readonly TimelineKind[], cursor: string | null, signal?: AbortSignal) =>
  api.get<RecordTimelinePage>("/timeline", {
    query: { ...(record.deal_id ? { deal: record.deal_id } : { contact: record.contact_id }), kind: kinds.join(","), cursor },
    ...(signal ? { signal } : {}),
  });

export const createActivity = (activity: NewActivity) => api.post<ActivityDone>("/activities", activity);
export const updateActivity = (id: string, content: ActivityContent, version?: number) =>
  api.patch<Activity>(`/activities/${id}`, { content, ...(version === undefined ? {} : { base_version: version }) });
export const completeActivity = (id: string, completion: ActivityCompletion = {}) => api.post<ActivityDone>(`/activities/${id}/complete`, completion);
export const reopenActivity = (id: string) => api.post<Activity>(`/activities/${id}/reopen`);
export const removeActivity = (id: string) => api.delete(`/activities/${id}`);
export const restoreActivity = (id: string) => api.post<Activity>(`/activities/${id}/restore`);
export const uploadFile = (record: ActivityRecord, file: File) =>
  api.upload<Activity>("/activities/upload", file, { query: record.deal_id ? { deal: record.deal_id } : { contact: record.contact_id } });

/** Whatever was done: the timelines, the day, its counts and the deals may have changed with it. */
export async function refreshActivities(queries: QueryClient): Promise<void> {
  await Promise.all([queries.invalidateQueries({ queryKey: ACTIVITIES }), queries.invalidateQueries({ queryKey: ["today"] }), queries.invalidateQueries({ queryKey: DEALS })]);
}
