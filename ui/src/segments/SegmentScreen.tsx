import { Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PageHeader } from "../components/PageHeader";
import { QueryProblem } from "../components/QueryProblem";
import { useFormat } from "../i18n";
import { segmentQuery } from "./api";
import { ChosenPeople, NewChosen } from "./ChosenPeople";
import { RuleSegment } from "./RuleSegment";
import { BOUGHT_AMOUNT, isStart, STARTS } from "./starts";

/** One segment: its rule, or the people chosen for it. */
export function SegmentScreen() {
  const { t } = useTranslation("segments");
  const { segmentId } = useParams({ from: "/app/contacts/segments/$segmentId" });
  const segment = useQuery(segmentQuery(segmentId));
  const back = { to: "/contacts/segments", label: t("title") };
  if (segment.isError && !segment.data) return <div><PageHeader title={t("segment")} back={back} /><QueryProblem error={segment.error} onRetry={() => void segment.refetch()} /></div>;
  if (!segment.data) return <div><PageHeader title="…" back={back} /><Stack gap="md">{[80, 240].map((height) => <Skeleton key={height} height={height} radius="lg" />)}</Stack></div>;
  const { id, version, rule } = segment.data;
  return rule ? <RuleSegment key={`${id}-${version}`} segment={segment.data} rule={rule} /> : <ChosenPeople key={`${id}-${version}`} segment={segment.data} />;
}

/** A segment that is to be: from an example, from nothing, or of people chosen by hand. */
export function NewSegment() {
  const { t } = useTranslation("segments");
  const format = useFormat();
  const { start = "" } = useSearch({ from: "/app/contacts/segments/new" });
  if (start === "hand") return <NewChosen />;
  if (!isStart(start)) return <RuleSegment segment={null} rule={null} />;
  return <RuleSegment key={start} segment={null} name={t(`starts.${start}`, { amount: format.integer(BOUGHT_AMOUNT) })} rule={STARTS[start]} />;
}
