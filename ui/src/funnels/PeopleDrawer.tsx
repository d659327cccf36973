import { Avatar, Button, Drawer, Group, Menu, Skeleton, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconChartCircles, IconChevronLeft, IconChevronRight, IconDownload, IconUserSearch } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import type { FunnelPerson, FunnelQuery, Page, PeopleRequest } from "../api/types";
import { download } from "../components/download";
import { EmptyState } from "../components/EmptyState";
import { toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { loadTexts, useFormat } from "../i18n";
import { Timeline } from "../people/Timeline";
import { useMay } from "../session/useMay";
import { propertyName } from "./BreakdownControls";
import classes from "./FunnelReport.module.css";
import type { ReportSearch } from "./reportState";

const SaveAsSegment = lazy(async () => {
  await loadTexts("segments");
  return import("../segments/SaveAsSegment");
});

interface ReportProps {
  query: FunnelQuery;
  search: ReportSearch;
  names: readonly string[];
  onChange: (next: Partial<ReportSearch>) => void;
}

/** The people behind a number of a funnel. */
export function FunnelPeople({ query, search, names, onChange }: ReportProps) {
  const { t } = useTranslation("funnels");
  const { pick, person } = search;
  const step = names[pick?.step ?? 0] ?? "";
  const of = pick?.value !== undefined && search.by ? t("drawer.with", { property: propertyName(search.by), value: pick.value || t("noValue") }) : null;
  return (
    <PeopleDrawer of={pick ? { query, ...pick } : null} person={person} title={pick?.kind === "dropped" ? t("drawer.dropped", { step }) : t("drawer.reached", { step })} detail={of}
      onClose={() => onChange({})} onPerson={(one) => onChange({ pick, person: one })} />
  );
}

/** Whose people: a question and the place of a number in its answer. */
export type PeopleOf = Omit<PeopleRequest, "query" | "kind" | "step" | "cursor" | "limit"> & { query: object; kind?: string; step?: number };

/** Behind a number stand the people of its own period. */
const alone = (of: PeopleOf): PeopleOf => ({ ...of, query: { ...of.query, compare: undefined } });

/** Of more people the API lists the first, and makes no file. */
const PEOPLE_MAX = 100_000;
/** Longest name of a file. */
const NAME_MAX = 100;

interface Props {
  of: PeopleOf | null;
  title: string;
  /** Below the title, such as the value of a breakdown. */
  detail?: string | null;
  /** The one whose timeline is shown. */
  person: string | undefined;
  /** Where to go on from these people. */
  actions?: ReactNode;
  onPerson: (person: string | undefined) => void;
  onClose: () => void;
}

/** The people behind a number, and one of them: from the report to the timeline without leaving it. */
export function PeopleDrawer({ of, title, detail, person, actions, onPerson, onClose }: Props) {
  const { t } = useTranslation(["funnels", "common", "contacts"]);
  const format = useFormat();
  const people = usePeople(of);
  const found = people.data?.pages.flatMap((page) => page.items) ?? [];
  const total = people.data?.pages[0]?.total ?? found.length;
  const shown = found.find((one) => String(one.person) === person);
  return (
    <Drawer opened={of !== null} onClose={onClose} size={480} closeButtonProps={{ "aria-label": t("common:actions.close") }}
      title={
        <span>
          <Text component="span" fw={600} display="block">{person ? (shown?.label ?? t("contacts:timeline")) : title}</Text>
          {detail && !person && <Text component="span" size="sm" c="dimmed">{detail}</Text>}
        </span>
      }>
      {person ? (
        <>
          <Group justify="space-between" mb="md">
            <Button variant="subtle" size="compact-sm" ml={-8} leftSection={<IconChevronLeft size={16} />} onClick={() => onPerson(undefined)}>{t("drawer.back")}</Button>
            {shown?.contact_id && (
              <Button component={Link} to={`/contacts/${shown.contact_id}`} variant="default" size="compact-sm">{t("contacts:openContact")}</Button>
            )}
          </Group>
          <Timeline person={person} />
        </>
      ) : people.isError ? (
        <QueryProblem error={people.error} onRetry={() => void people.refetch()} />
      ) : people.isPending ? (
        <Stack gap={8}>{Array.from({ length: 8 }, (_, index) => <Skeleton key={index} height={48} radius="md" />)}</Stack>
      ) : found.length === 0 ? (
        <>
          {actions && <Group gap="xs" mb="sm">{actions}</Group>}
          <EmptyState isCompact icon={IconUserSearch} title={t("drawer.empty")} hint={t("drawer.emptyHint")} />
        </>
      ) : (
        <>
          {of && <Group gap="xs" mb="xs"><TakeOut of={of} name={[title, detail].filter(Boolean).join(", ")} isCapped={total > PEOPLE_MAX} /><Keep of={of} name={[title, detail].filter(Boolean).join(", ")} />{actions}</Group>}
          <Text size="sm" c="dimmed" mb="xs">{total > PEOPLE_MAX ? t("drawer.capped", { most: format.integer(PEOPLE_MAX), total: format.integer(total) }) : t("drawer.inAll", { shown: format.integer(total) })}</Text>
          <PeopleList people={found} onOpen={(one) => onPerson(String(one.person))} />
          {people.hasNextPage && <Button fullWidth mt="md" variant="default" loading={people.isFetchingNextPage} onClick={() => void people.fetchNextPage()}>{t("common:actions.showMore")}</Button>}
        </>
      )}
    </Drawer>
  );
}

function usePeople(of: PeopleOf | null) {
  return useInfiniteQuery({
    queryKey: ["insights", "people", of],
    enabled: of !== null,
    initialPageParam: null as string | null,
    getNextPageParam: (page: Page<FunnelPerson>) => page.next_cursor,
    queryFn: ({ pageParam, signal }) => api.post<Page<FunnelPerson>>("/insights/people", { ...(of && alone(of)), ...(pageParam ? { cursor: pageParam } : {}) }, { signal }),
  });
}

/** The whole list as a file. */
function TakeOut({ of, name, isCapped }: { of: PeopleOf; name: string; isCapped: boolean }) {
  const { t } = useTranslation("funnels");
  const save = useMutation({
    mutationFn: (format: "csv" | "xlsx") => api.postForFile("/insights/people/export", { ...alone(of), format, name: name.slice(0, NAME_MAX) }),
    onSuccess: (made) => download(made.file, made.name),
    onError: toastError,
  });
  return (
    <Menu position="bottom-start">
      <Menu.Target><Button variant="default" size="compact-sm" loading={save.isPending} disabled={isCapped} leftSection={<IconDownload size={14} stroke={1.5} />}>{t("drawer.takeOut")}</Button></Menu.Target>
      <Menu.Dropdown>
        {(["csv", "xlsx"] as const).map((format) => <Menu.Item key={format} onClick={() => save.mutate(format)}>{t(`drawer.${format}`)}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  );
}

/** These people as a segment. */
function Keep({ of, name }: { of: PeopleOf; name: string }) {
  const { t } = useTranslation("funnels");
  const [isOpen, setIsOpen] = useState(false);
  if (!useMay()("segments.write")) return null;
  return (
    <>
      <Button variant="default" size="compact-sm" leftSection={<IconChartCircles size={14} stroke={1.5} />} onClick={() => setIsOpen(true)}>{t("drawer.saveSegment")}</Button>
      <Suspense>{isOpen && <SaveAsSegment of={alone(of)} name={name} onClose={() => setIsOpen(false)} />}</Suspense>
    </>
  );
}

function PeopleList({ people, onOpen }: { people: readonly FunnelPerson[]; onOpen: (person: FunnelPerson) => void }) {
  const { t } = useTranslation("contacts");
  const format = useFormat();
  return (
    <ul className={classes["people"]}>
      {people.map((one) => (
        <li key={one.person}>
          <UnstyledButton className={classes["person"] ?? ""} onClick={() => onOpen(one)}>
            <Avatar name={one.contact_id ? one.label : ""} color={one.contact_id ? "fjord" : "gray"} size={36} radius="xl" alt="" />
            <span style={{ flex: 1, minWidth: 0 }}>
              <Text component="span" display="block" size="sm" fw={550} truncate>{one.label || t("unnamed")}</Text>
              <Text component="span" display="block" size="xs" c="dimmed">{one.reached_at ? <time dateTime={one.reached_at}>{format.date(one.reached_at, "datetime")}</time> : "–"}</Text>
            </span>
            <IconChevronRight size={16} color="var(--ink-quiet)" aria-hidden />
          </UnstyledButton>
        </li>
      ))}
    </ul>
  );
}
