import { Avatar, Button, Drawer, Group, Menu, Skeleton, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconDownload, IconUserSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import type { FunnelPerson, FunnelQuery, Page, PeopleRequest } from "../api/types";
import { download } from "../components/download";
import { EmptyState } from "../components/EmptyState";
import { toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { useFormat } from "../i18n";
import { Timeline } from "../people/Timeline";
import { propertyName } from "./BreakdownControls";
import classes from "./FunnelReport.module.css";
import type { Pick, ReportSearch } from "./reportState";

interface Props {
  query: FunnelQuery;
  search: ReportSearch;
  names: readonly string[];
  onChange: (next: Partial<ReportSearch>) => void;
}

/** The people behind a number, and one of them: from the report to the timeline without leaving it. */
export function PeopleDrawer({ query, search, names, onChange }: Props) {
  const { t } = useTranslation(["funnels", "common", "contacts"]);
  const { pick, person } = search;
  const step = names[pick?.step ?? 0] ?? "";
  const title = pick?.kind === "dropped" ? t("drawer.dropped", { step }) : t("drawer.reached", { step });
  const of = pick?.value !== undefined && search.by ? t("drawer.with", { property: propertyName(search.by), value: pick.value || t("noValue") }) : null;
  const people = usePeople(query, pick);
  const found = people.data?.pages.flatMap((page) => page.items) ?? [];
  const shown = found.find((one) => String(one.person) === person);
  return (
    <Drawer opened={pick !== undefined} onClose={() => onChange({})} size={480} closeButtonProps={{ "aria-label": t("common:actions.close") }}
      title={
        <span>
          <Text component="span" fw={600} display="block">{person ? (shown?.label ?? t("contacts:timeline")) : title}</Text>
          {of && !person && <Text component="span" size="sm" c="dimmed">{of}</Text>}
        </span>
      }>
      {person ? (
        <>
          <Group justify="space-between" mb="md">
            <Button variant="subtle" size="compact-sm" ml={-8} leftSection={<IconChevronLeft size={16} />} onClick={() => onChange({ pick })}>{t("drawer.back")}</Button>
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
        <EmptyState isCompact icon={IconUserSearch} title={t("drawer.empty")} hint={t("drawer.emptyHint")} />
      ) : (
        <>
          {pick && <TakeOut query={query} pick={pick} />}
          <PeopleList people={found} onOpen={(one) => onChange({ pick, person: String(one.person) })} />
          {people.hasNextPage && <Button fullWidth mt="md" variant="default" loading={people.isFetchingNextPage} onClick={() => void people.fetchNextPage()}>{t("common:actions.showMore")}</Button>}
        </>
      )}
    </Drawer>
  );
}

function usePeople(query: FunnelQuery, pick: Pick | undefined) {
  return useInfiniteQuery({
    queryKey: ["insights", "people", query, pick],
    enabled: pick !== undefined,
    initialPageParam: null as string | null,
    getNextPageParam: (page: Page<FunnelPerson>) => page.next_cursor,
    queryFn: ({ pageParam, signal }) => {
      const { step = 0, kind = "converted", value } = pick ?? {};
      const body: PeopleRequest = { query, step, kind, ...(value === undefined ? {} : { value }), ...(pageParam ? { cursor: pageParam } : {}) };
      return api.post<Page<FunnelPerson>>("/insights/people", body, { signal });
    },
  });
}

/** The whole list as a file. */
function TakeOut({ query, pick }: { query: FunnelQuery; pick: Pick }) {
  const { t } = useTranslation("funnels");
  const { step, kind, value } = pick;
  async function save(format: "csv" | "xlsx") {
    const { file, name } = await api.postForFile("/insights/people/export", { query, step, kind, format, ...(value === undefined ? {} : { value }) });
    download(file, name);
  }
  return (
    <Group gap="xs" mb="sm">
      <Menu position="bottom-start">
        <Menu.Target><Button variant="default" size="compact-sm" leftSection={<IconDownload size={14} stroke={1.5} />}>{t("drawer.takeOut")}</Button></Menu.Target>
        <Menu.Dropdown>
          {(["csv", "xlsx"] as const).map((format) => <Menu.Item key={format} onClick={() => void save(format).catch(toastError)}>{t(`drawer.${format}`)}</Menu.Item>)}
        </Menu.Dropdown>
      </Menu>
    </Group>
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
