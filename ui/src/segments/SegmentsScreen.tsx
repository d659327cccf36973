import { ActionIcon, Badge, Button, Menu, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { IconChartCircles, IconDots, IconPlus, IconSearch, IconSearchOff, IconTrash, IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { QueryProblem } from "../components/QueryProblem";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { contactsIn, segmentsQuery, type Segment } from "./api";
import { DeleteSegment } from "./DeleteSegment";
import classes from "./Segments.module.css";
import { BOUGHT_AMOUNT, startNames } from "./starts";
import { useRuleFields, useWords } from "./useWords";
import { ruleInWords } from "./words";

/** All segments: what they ask for and how many people are in them. */
export function SegmentsScreen() {
  const { t } = useTranslation(["segments", "common"]);
  const may = useMay();
  const segments = useQuery(segmentsQuery);
  const words = useWords(useRuleFields());
  const [text, setText] = useState("");
  const items = segments.data?.items ?? [];
  const said = items.map((segment) => [segment, segment.rule ? ruleInWords(segment.rule, words) : ""] as const);
  const wanted = text.trim().toLocaleLowerCase();
  const shown = said.filter(([{ name, description }, rule]) => [name, description, rule].some((one) => one.toLocaleLowerCase().includes(wanted)));
  return (
    <div>
      <PageHeader title={t("title")} lead={t("lead")} back={{ to: "/contacts", label: t("common:nav.contacts") }} actions={items.length > 0 && <Add />} />
      {segments.isError && !segments.data ? <QueryProblem error={segments.error} onRetry={() => void segments.refetch()} />
        : segments.isPending ? <Stack gap="sm">{[84, 84, 84].map((height, index) => <Skeleton key={index} height={height} radius="lg" />)}</Stack>
        : items.length === 0 ? <Empty />
        : (
          <>
            <TextInput type="search" className={classes["search"] ?? ""} aria-label={t("search")} placeholder={t("search")} leftSection={<IconSearch size={16} aria-hidden />} value={text} onChange={(event) => setText(event.currentTarget.value)} />
            {shown.length === 0 ? <EmptyState isCompact icon={IconSearchOff} title={t("nothing", { text: text.trim() })} hint={t("nothingHint")} /> : (
              <ul className={classes["list"]} aria-label={t("title")}>
                {shown.map(([segment, rule]) => <Row key={segment.id} segment={segment} rule={rule} mayWrite={may("segments.write")} />)}
              </ul>
            )}
          </>
        )}
    </div>
  );
}

function Row({ segment, rule, mayWrite }: { segment: Segment; rule: string; mayWrite: boolean }) {
  const { t } = useTranslation(["segments", "common"]);
  const format = useFormat();
  const navigate = useNavigate();
  const [isAsking, setIsAsking] = useState(false);
  const { id, name, description, people, is_counted: isCounted } = segment;
  return (
    <li className={classes["row"]} onClick={(event) => { if (!(event.target as HTMLElement).closest("a,button,[role=dialog]")) void navigate({ to: "/contacts/segments/$segmentId", params: { segmentId: id } }); }}>
      <div className={classes["rowText"]}>
        <span className={classes["rowName"]}>
          <Text component={Link} to={`/contacts/segments/${id}`} fw={600} c="inherit" className={classes["link"] ?? ""}>{name}</Text>
          <Badge color={segment.rule ? "fjord" : "gray"} variant="light">{t(segment.rule ? "kinds.rule" : "kinds.hand")}</Badge>
        </span>
        {description && <Text size="sm" mt={2}>{description}</Text>}
        {rule && <Text size="sm" c="dimmed" mt={2}>{rule}</Text>}
      </div>
      <Text component={Link} to={contactsIn(id)} size="sm" fw={550} c={isCounted ? "inherit" : "dimmed"} className={`figures ${classes["link"]} ${classes["count"]}`}>
        {isCounted ? t("people", { count: people, shown: format.integer(people) }) : t("counting")}
      </Text>
      <Menu position="bottom-end">
        <Menu.Target><ActionIcon variant="subtle" color="gray" aria-label={t("more", { name })}><IconDots size={18} /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconUsers size={16} stroke={1.5} />} component={Link} to={contactsIn(id)}>{t("showContacts")}</Menu.Item>
          {mayWrite && <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={() => setIsAsking(true)}>{t("common:actions.delete")}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      {isAsking && <DeleteSegment segment={segment} onClose={() => setIsAsking(false)} />}
    </li>
  );
}

/** A new segment: from an example, from nothing, or by hand. */
function Add() {
  const { t } = useTranslation("segments");
  const format = useFormat();
  if (!useMay()("segments.write")) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target><Button leftSection={<IconPlus size={18} stroke={1.5} />}>{t("add")}</Button></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to="/contacts/segments/new">{t("ownRule")}</Menu.Item>
        <Menu.Item component={Link} to="/contacts/segments/new?start=hand">{t("byHand")}</Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("fromExample")}</Menu.Label>
        {startNames.map((start) => <Menu.Item key={start} component={Link} to={`/contacts/segments/new?start=${start}`}>{t(`starts.${start}`, { amount: format.integer(BOUGHT_AMOUNT) })}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  );
}

function Empty() {
  const { t } = useTranslation("segments");
  const format = useFormat();
  const mayWrite = useMay()("segments.write");
  if (!mayWrite) return <EmptyState icon={IconChartCircles} title={t("none")} hint={t("noneHintReader")} />;
  return (
    <EmptyState icon={IconChartCircles} title={t("none")} hint={t("noneHint")}
      actions={
        <div className={classes["starts"]}>
          {startNames.map((start) => <Button key={start} variant="default" component={Link} to={`/contacts/segments/new?start=${start}`}>{t(`starts.${start}`, { amount: format.integer(BOUGHT_AMOUNT) })}</Button>)}
          <Button component={Link} to="/contacts/segments/new">{t("ownRule")}</Button>
          <Button variant="subtle" component={Link} to="/contacts/segments/new?start=hand">{t("byHand")}</Button>
        </div>
      } />
  );
}
