import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Page, Schema } from "../api/types";

export type Today = Schema<"Today">;
export type TodayCounts = Schema<"TodayCounts">;
export type WaitingLead = Schema<"WaitingLead">;
export type QuietDeal = Schema<"QuietDeal">;
export type Notification = Schema<"NotificationView">;
export type NotificationPage = Page<Notification> & { unread: number };

const POLL_MS = 30_000;

export const todayQuery = (user: string | null) =>
  queryOptions({
    queryKey: ["today", user],
    queryFn: ({ signal }) => api.get<Today>("/today", { query: { user }, signal }),
    refetchInterval: 2 * POLL_MS,
  });

/** How much there is to do: asked while the page is looked at. */
export const todayCountsQuery = queryOptions({
  queryKey: ["today", "counts"],
  queryFn: ({ signal }) => api.get<TodayCounts>("/today/counts", { signal }),
  refetchInterval: POLL_MS,
});

export const notificationsQuery = queryOptions({
  queryKey: ["today", "notifications"],
  queryFn: ({ signal }) => api.get<NotificationPage>("/notifications", { query: { limit: 30 }, signal }),
});

export const readNotifications = (ids?: string[]) => api.post("/notifications/read", ids ? { ids } : {});
