import { Button, Collapse, Skeleton, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { useIntersection } from "@mantine/hooks";
import { IconChevronDown, IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { createElement, useEffect, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { funnelViewsQuery } from "../api/queries";
import type { Page, TimelineEvent } from "../api/types";
import { EmptyState } from "../components/EmptyState";
import { toMinor } from "../components/MoneyInput";
import { QueryProblem } from "../components/QueryProblem";
import { channelName, stageName } from "../funnels/document";
import { eventName, useFormat } from "../i18n";
import { eventIcon } from "./eventIcon";
import { propertyRows, sentence, type Words } from "./sentence";
import classes from "./Timeline.module.css";

interface Props {
  /** A person of the log; or, with `contactId`, everybody that the contact was. */
  person?: string | number;
  contactId?: string;
  /** Everybody of a company. */
  companyId?: string;
  headingOrder?: 2 | 3;
}

/** Begins to load the next page this far before the end comes into view. */
const AHEAD = "600px";

/** Everything that happened to one person, the latest first, day by day; earlier events come while one scrolls. */
export function Timeline({ person, contactId, companyId, headingOrder = 3 }: Props) {
  const { t } = useTranslation(["contacts", "common", "timeline"]);
  const format = useFormat();
  const words = useWords();
  const [noun, id] = companyId !== undefined ? ["companies", companyId] : contactId !== undefined ? ["contacts", contactId] : ["people", String(person ?? "")];
  const path = `/${noun}/${encodeURIComponent(id)}/timeline`;
  const events = useInfiniteQuery({
    queryKey: [noun, id, "timeline"],
    initialPageParam: null as string | null,
    getNextPageParam: (page: Page<TimelineEvent>) => page.next_cursor,
    queryFn: ({ pageParam, signal }) => api.page<TimelineEvent>(path, pageParam, { signal }),
  });
  if (events.isError && !events.data) return <QueryProblem error={events.error} onRetry={() => void events.refetch()} />;
  if (events.isPending) return <Stack gap={12}>{Array.from({ length: 6 }, (_, index) => <Skeleton key={index} height={40} radius="md" />)}</Stack>;
  const days = Map.groupBy(events.data.pages.flatMap((page) => page.items).sort(latestFirst), (event) => format.date(event.at, "weekday"));
  if (days.size === 0) return <EmptyState isCompact icon={IconHistory} title={t("nothing")} hint={t("nothingHint")} />;
  return (
    <div>
      {[...days].map(([day, items]) => (
        <section key={day} className={classes["day"]}>
          <Title order={headingOrder} size="sm" c="dimmed" fw={550} mb={8}>{day}</Title>
          <ol className={classes["events"]}>
            {items.map((event) => <Entry key={event.position} event={event} words={words} time={format.date(event.at, "time")} />)}
          </ol>
        </section>
      ))}
      {events.hasNextPage ? (
        // Tried again by hand only after a failure: a failing server must not be asked with every scroll.
        <Earlier isLoading={events.isFetchingNextPage} isManual={events.isFetchNextPageError} onLoad={() => void events.fetchNextPage()} />
      ) : (
        <Text size="xs" c="dimmed" ta="center" mt="lg">{t("timeline:beginning")}</Text>
      )}
    </div>
  );
}

/** By time: the log keeps the order of arrival, and what follows from an event arrives after later ones. */
const latestFirst = (a: TimelineEvent, b: TimelineEvent): number => Date.parse(b.at) - Date.parse(a.at) || b.position - a.position;

/** How the events of a timeline are told to its reader. */
export function useWords(): Words {
  const { t, i18n } = useTranslation("timeline");
  // Names of events follow the language too.
  useTranslation("events");
  const format = useFormat();
  const { data } = useQuery(funnelViewsQuery);
  return useMemo(() => {
    const funnels = data?.items ?? [];
    const stages = funnels.flatMap(({ document }) => document.stages);
    return {
      t,
      eventName,
      money: (value, currency) => format.money({ minor: toMinor(value, currency), currency }),
      stage: (id) => {
        const stage = stages.find((known) => known.id === id);
        return stage ? stageName(stage, i18n.language) : id;
      },
      channel: (id) => channelName(id, funnels, i18n.language),
    };
  }, [t, i18n.language, format, data]);
}

/** One event, and what is known about it. */
export function Entry({ event, words, time }: { event: TimelineEvent; words: Words; time: string }) {
  const { t } = useTranslation("timeline");
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  const properties = event.properties;
  const { text, asides } = sentence(event.event, properties, words);
  return (
    <li className={classes["event"]}>
      <span className={classes["icon"]} aria-hidden>{createElement(eventIcon(event.event), { size: 16, stroke: 1.5 })}</span>
      <div className={classes["told"]}>
        <UnstyledButton className={classes["sentence"] ?? ""} aria-expanded={isOpen} aria-controls={id} title={isOpen ? t("hideProperties") : t("showProperties")} onClick={() => setIsOpen(!isOpen)}>
          <span className={classes["text"]}>
            <Text component="span" display="block" size="sm" fw={500}>{text}</Text>
            {"contact_name" in event && <Text component="span" display="block" size="xs" c="dimmed">{String(event.contact_name)}</Text>}
            {asides.length > 0 && <Text component="span" display="block" size="xs" c="dimmed">{asides.join(" · ")}</Text>}
          </span>
          <time dateTime={event.at}>{time}</time>
          <IconChevronDown size={14} className={classes["chevron"] ?? ""} aria-hidden />
        </UnstyledButton>
        <Collapse expanded={isOpen} id={id}>
          {isOpen && <Properties event={event} />}
        </Collapse>
      </div>
    </li>
  );
}

function Properties({ event }: { event: TimelineEvent }) {
  const { t } = useTranslation("timeline");
  const rows = propertyRows(event.properties);
  return (
    <div className={classes["properties"]}>
      <Text size="xs" fw={550} mb={4}>{event.event}</Text>
      {rows.length === 0 && <Text size="xs" c="dimmed">{t("noProperties")}</Text>}
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** At the end of what was read: reads on when it comes near. */
export function Earlier({ isLoading, isManual, onLoad }: { isLoading: boolean; isManual: boolean; onLoad: () => void }) {
  const { t } = useTranslation(["timeline", "common"]);
  const { ref, entry } = useIntersection({ rootMargin: AHEAD });
  const isNear = entry?.isIntersecting ?? false;
  useEffect(() => {
    if (isNear && !isLoading && !isManual) onLoad();
  }, [isNear, isLoading, isManual, onLoad]);
  return (
    <div ref={ref} className={classes["earlier"]} aria-live="polite">
      <Button fullWidth variant="default" loading={isLoading} onClick={onLoad}>{isLoading ? t("loadingMore") : t("common:actions.showMore")}</Button>
    </div>
  );
}
