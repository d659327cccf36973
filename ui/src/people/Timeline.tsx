import { Button, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import type { Page, TimelineEvent } from "../api/types";
import { EmptyState } from "../components/EmptyState";
import { QueryProblem } from "../components/QueryProblem";
import { eventName, useFormat } from "../i18n";
import { eventIcon } from "./eventIcon";
import classes from "./Timeline.module.css";

/** Properties that say something to a reader, in this order; the rest stays in the log. */
const TOLD_PROPERTIES = ["channel", "utm_campaign", "path", "page", "form", "offer", "subject", "stage", "device"] as const;

const told = (event: TimelineEvent): string[] =>
  TOLD_PROPERTIES.flatMap((name) => {
    const value = event.properties?.[name];
    return typeof value === "string" && value !== "" ? [value] : [];
  });

/** Everything that happened to one person, the latest first, day by day. `person` is a key such as `contact:ctc_...`. */
export function Timeline({ person, headingOrder = 3 }: { person: string; headingOrder?: 2 | 3 }) {
  const { t } = useTranslation(["contacts", "common"]);
  const format = useFormat();
  const events = useInfiniteQuery({
    queryKey: ["people", person, "timeline"],
    initialPageParam: null as string | null,
    getNextPageParam: (page: Page<TimelineEvent>) => page.next_cursor,
    queryFn: ({ pageParam, signal }) => api.page<TimelineEvent>(`/people/${encodeURIComponent(person)}/timeline`, pageParam, { signal }),
  });
  if (events.isError) return <QueryProblem error={events.error} onRetry={() => void events.refetch()} />;
  if (events.isPending) return <Stack gap={12}>{Array.from({ length: 6 }, (_, index) => <Skeleton key={index} height={40} radius="md" />)}</Stack>;
  const days = Map.groupBy(events.data.pages.flatMap((page) => page.items), (event) => format.date(event.at, "weekday"));
  if (days.size === 0) return <EmptyState isCompact icon={IconHistory} title={t("nothing")} hint={t("nothingHint")} />;
  return (
    <div>
      {[...days].map(([day, items]) => (
        <section key={day} className={classes["day"]}>
          <Title order={headingOrder} size="sm" c="dimmed" fw={550} mb={8}>{day}</Title>
          <ol className={classes["events"]}>
            {items.map((event) => {
              const Icon = eventIcon(event.event);
              return (
                <li key={event.position} className={classes["event"]}>
                  <span className={classes["icon"]} aria-hidden><Icon size={16} stroke={1.5} /></span>
                  <span className={classes["text"]}>
                    <Text component="span" display="block" size="sm" fw={550}>{eventName(event.event)}</Text>
                    <Text component="span" display="block" size="xs" c="dimmed">{[event.label, ...told(event)].filter(Boolean).join(" · ")}</Text>
                  </span>
                  <time dateTime={event.at}>{format.date(event.at, "time")}</time>
                </li>
              );
            })}
          </ol>
        </section>
      ))}
      {events.hasNextPage && <Button fullWidth variant="default" loading={events.isFetchingNextPage} onClick={() => void events.fetchNextPage()}>{t("common:actions.showMore")}</Button>}
    </div>
  );
}
