import { Button, Chip, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../components/EmptyState";
import { QueryProblem } from "../components/QueryProblem";
import { foldConversations } from "../emails/conversations";
import { useFormat } from "../i18n";
import { Earlier, Entry, useWords } from "../people/Timeline";
import timeline from "../people/Timeline.module.css";
import { useMay } from "../session/useMay";
import classes from "./Activities.module.css";
import { ActivityEntry } from "./ActivityEntry";
import { ACTIVITIES, fetchTimeline, type ActivityRecord, type RecordTimelinePage, type TimelineItem, type TimelineKind } from "./api";
import { Composer } from "./Composer";
import { PlannedItem } from "./PlannedItem";

/** What a reader asks for, and the kinds that it stands for. */
const FILTERS = {
  work: ["note", "call", "meeting", "task", "file"],
  mail: ["mail"],
  web: ["web", "form"],
  sales: ["deal", "order"],
} as const satisfies Record<string, readonly TimelineKind[]>;
type Filter = keyof typeof FILTERS;
const NAMES = Object.keys(FILTERS) as Filter[];

/** How often the timeline is read again while an e-mail of it is on its way. */
const SENDING_LOOK_MS = 2000;

const isOnItsWay = ({ items }: RecordTimelinePage) => items.some(({ activity }) => activity?.email?.state === "queued" || activity?.email?.state === "sending");

interface Props {
  record: ActivityRecord;
  headingOrder?: 3 | 4;
}

/** Everything about a contact or a deal: what to do next, and what was, the latest first. */
export function RecordTimeline({ record, headingOrder = 3 }: Props) {
  const { t } = useTranslation(["activities", "contacts", "timeline", "common"]);
  const may = useMay();
  const format = useFormat();
  const words = useWords();
  const [filter, setFilter] = useState<Filter | null>(null);
  const kinds = filter ? FILTERS[filter] : [];
  const items = useInfiniteQuery({
    queryKey: [...ACTIVITIES, "timeline", record.deal_id ?? record.contact_id, filter],
    initialPageParam: null as string | null,
    getNextPageParam: (page: RecordTimelinePage) => page.next_cursor,
    queryFn: ({ pageParam, signal }) => fetchTimeline(record, kinds, pageParam, signal),
    // Until it is known what became of an e-mail, and no longer.
    refetchInterval: ({ state }) => (state.data?.pages.some(isOnItsWay) ? SENDING_LOOK_MS : false),
  });
  const planned = items.data?.pages[0]?.planned ?? [];
  const all = items.data?.pages.flatMap((page) => page.items) ?? [];
  const days = Map.groupBy(foldConversations(all), ({ item }) => format.date(timeOf(item), "weekday"));
  return (
    <div>
      {may("activities.write") && <Composer record={record} />}
      <Group gap={6} mb="md" role="group" aria-label={t("show")}>
        <Chip size="xs" variant="light" checked={filter === null} onChange={() => setFilter(null)}>{t("filters.all")}</Chip>
        {NAMES.map((name) => <Chip key={name} size="xs" variant="light" checked={filter === name} onChange={() => setFilter(filter === name ? null : name)}>{t(`filters.${name}`)}</Chip>)}
      </Group>
      {planned.length > 0 && (
        <section className={classes["planned"]} aria-label={t("planned")}>
          <Title order={headingOrder} size="sm" fw={600} mb={4}>{t("planned")}</Title>
          <ul className={classes["list"]}>{planned.map((activity) => <PlannedItem key={activity.id} activity={activity} />)}</ul>
        </section>
      )}
      {items.isError && !items.data ? (
        <QueryProblem error={items.error} onRetry={() => void items.refetch()} />
      ) : items.isPending ? (
        <Stack gap={12}>{Array.from({ length: 6 }, (_, index) => <Skeleton key={index} height={40} radius="md" />)}</Stack>
      ) : all.length === 0 && !items.hasNextPage ? (
        <EmptyState isCompact icon={IconHistory} title={t(filter ? "nothingSuch" : "contacts:nothing")} hint={filter ? undefined : t("contacts:nothingHint")}
          actions={filter && <Button size="sm" variant="default" onClick={() => setFilter(null)}>{t("showAll")}</Button>} />
      ) : (
        <>
          {[...days].map(([day, group]) => (
            <section key={day} className={timeline["day"]}>
              <Title order={headingOrder} size="sm" c="dimmed" fw={550} mb={8}>{day}</Title>
              <ol className={timeline["events"]}>
                {group.map(({ item, earlier }) =>
                  item.activity ? <ActivityEntry key={item.activity.id} activity={item.activity} earlier={earlier} />
                  : item.event ? <Entry key={item.event.position} event={item.event} words={words} time={format.date(item.event.at, "time")} /> : null)}
              </ol>
            </section>
          ))}
          {items.hasNextPage ? (
            <Earlier isLoading={items.isFetchingNextPage} isManual={items.isFetchNextPageError} onLoad={() => void items.fetchNextPage()} />
          ) : (
            <Text size="xs" c="dimmed" ta="center" mt="lg">{t("timeline:beginning")}</Text>
          )}
        </>
      )}
    </div>
  );
}

const timeOf = (item: TimelineItem): string => item.activity?.at ?? item.event?.at ?? "";
