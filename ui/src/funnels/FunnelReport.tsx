import { Alert, Button, Select, Title } from "@mantine/core";
import { IconAdjustmentsHorizontal, IconCoins, IconFilterPlus, IconMap2, IconPencil, IconUsersMinus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { funnelAnswerQuery, funnelsQuery, sessionQuery } from "../api/queries";
import type { Funnel, FunnelAnswer, FunnelQuery, PickKind } from "../api/types";
import { FunnelPicture, FunnelPictureSkeleton } from "../charts/FunnelPicture";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { PeriodPicker } from "../components/PeriodPicker";
import { describeError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { eventName, useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { comparedDays, dayAt, periodOnly, resolveDays, spanOf, type Days } from "../period";
import { BreakdownControls } from "./BreakdownControls";
import { Comparison } from "./Comparison";
import { BreakdownTable, StepTable } from "./tables";
import { FunnelPeople } from "./PeopleDrawer";
import classes from "./FunnelReport.module.css";
import { buildQuery, STEPS_MIN, stepTexts, type ReportSearch } from "./reportState";
import { SpendTable } from "./SpendTable";
import { StepsBuilder } from "./StepsBuilder";
import { NewFindings } from "../designs/NewFindings";
import { Summary } from "./Summary";

/** Its calendar is fetched with it: few readers write spend down. */
const SpendDrawer = lazy(() => import("./SpendDrawer"));

export function FunnelReport() {
  const { t } = useTranslation(["funnels", "common"]);
  const search = useSearch({ from: "/app/funnels" });
  const navigate = useNavigate({ from: "/funnels" });
  const { data: session } = useQuery(sessionQuery);
  const funnels = useQuery(funnelsQuery);
  const [isEditing, setIsEditing] = useState(search.steps !== undefined);
  const [nowMs] = useState(() => Date.now());
  const [isSpending, setIsSpending] = useState(false);
  const may = useMay();

  const timeZone = session?.company?.timezone ?? "UTC";
  const days = resolveDays(search, dayAt(nowMs, timeZone));
  const otherDays = search.compare ? comparedDays(days, search.compare) : undefined;
  const funnel = funnels.data?.items.find(({ slug, id }) => slug === search.funnel || id === search.funnel) ?? funnels.data?.items[0];
  const query = buildQuery(search, funnel, spanOf(days, timeZone));
  // A change of the question closes the list of people that belonged to the former one.
  const change = (next: Partial<ReportSearch>) =>
    void navigate({ search: (former) => clean({ ...former, pick: undefined, person: undefined, ...next }), replace: true, resetScroll: false });

  return (
    <div>
      <PageHeader title={t("title")} lead={t("lead")}
        actions={
          <>
            {funnels.data && funnels.data.items.length > 1 && (
              <Select aria-label={t("funnel")} value={funnel?.slug ?? null} onChange={(slug) => change({ funnel: slug ?? undefined, steps: undefined })}
                data={funnels.data.items.map(({ slug, title }) => ({ value: slug, label: title }))} />
            )}
            <PeriodPicker value={search} days={days} comparedDays={otherDays}
              onChange={(period) => change({ period: undefined, from: undefined, to: undefined, compare: undefined, ...period })} />
            {may("spend.read") && (
              <Button variant="default" leftSection={<IconCoins size={18} stroke={1.5} />} onClick={() => setIsSpending(true)}>{t("spend.open")}</Button>
            )}
            {funnel && (
              <Button variant="default" renderRoot={(props) => <Link {...props} to="/funnels/map" search={{ ...periodOnly(search), funnel: funnel.slug }} />} leftSection={<IconMap2 size={18} stroke={1.5} />}>{t("openMap")}</Button>
            )}
            <Button variant="default" component={Link} to="/funnels/design" leftSection={<IconPencil size={18} stroke={1.5} />} rightSection={<NewFindings />}>{t("design")}</Button>
            <Button variant="default" leftSection={<IconAdjustmentsHorizontal size={18} stroke={1.5} />} aria-expanded={isEditing} onClick={() => setIsEditing(!isEditing)}>
              {isEditing ? t("hideSteps") : t("editSteps")}
            </Button>
          </>
        } />
      {isSpending && (
        <Suspense>
          <SpendDrawer today={dayAt(nowMs, timeZone)} currency={session?.company?.currency ?? "NOK"} onClose={() => setIsSpending(false)} />
        </Suspense>
      )}
      {isEditing && <StepsBuilder search={search} funnel={funnel} funnels={funnels.data?.items ?? []} onChange={change} />}
      {funnels.isError && !search.steps ? (
        <QueryProblem error={funnels.error} onRetry={() => void funnels.refetch()} />
      ) : funnels.isPending && !search.steps ? (
        <FunnelPictureSkeleton />
      ) : query ? (
        <Answer query={query} otherDays={otherDays} timeZone={timeZone} search={search} funnel={funnel} days={days} onChange={change} onWriteSpend={() => setIsSpending(true)} />
      ) : funnel || isEditing ? (
        <EmptyState icon={IconFilterPlus} title={t("tooFewSteps", { count: STEPS_MIN })} hint={t("tooFewStepsHint")} />
      ) : (
        <EmptyState icon={IconFilterPlus} title={t("noFunnels")} hint={t("noFunnelsHint")}
          actions={
            <>
              <Button onClick={() => setIsEditing(true)}>{t("buildSteps")}</Button>
              <Button variant="default" component={Link} to="/funnels/design">{t("design")}</Button>
            </>
          } />
      )}
    </div>
  );
}

function clean(search: { [K in keyof ReportSearch]?: ReportSearch[K] | undefined }): ReportSearch {
  return Object.fromEntries(Object.entries(search as Record<string, unknown>).filter(([, value]) => value !== undefined));
}

/** Stages have names of their own; other steps are called by their events. */
function useStepNames(search: ReportSearch, funnel: Funnel | undefined): string[] {
  // Names follow the language.
  useTranslation("events");
  if (!search.steps && funnel) return funnel.stages.map((stage) => stage.name);
  return stepTexts(search, funnel)
    .filter((step) => step.trim() !== "")
    .map((step) => step.split("|").map((event) => eventName(event.trim())).join(" / "));
}

interface AnswerProps {
  query: FunnelQuery;
  /** The days compared with. */
  otherDays: Days | undefined;
  timeZone: string;
  search: ReportSearch;
  funnel: Funnel | undefined;
  days: Days;
  onChange: (next: Partial<ReportSearch>) => void;
  onWriteSpend: () => void;
}

function Answer({ query, otherDays, timeZone, search, funnel, days, onChange, onWriteSpend }: AnswerProps) {
  const { t } = useTranslation(["funnels", "common"]);
  const answer = useQuery(funnelAnswerQuery(otherDays ? { ...query, compare: spanOf(otherDays, timeZone) } : query));
  const names = useStepNames(search, funnel);
  const compared = otherDays ? answer.data?.compared : undefined;
  const may = useMay();
  const pick = (step: number, kind: PickKind, value?: string) => onChange({ pick: { step, kind, ...(value === undefined ? {} : { value }) } });

  if (answer.isError && !answer.data) return <QueryProblem error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <FunnelPictureSkeleton steps={query.steps.length} />;
  // While steps are being changed the former answer stays, and its own names with it.
  const shownNames = answer.data.steps.length === names.length && !answer.isPlaceholderData ? names : answer.data.steps.map(({ name }) => name);
  return (
    <div className={classes["answer"]} data-stale={answer.isPlaceholderData || undefined} aria-busy={answer.isFetching}>
      {answer.isError && <Alert color="red" role="alert" mb="md">{describeError(answer.error)}</Alert>}
      <Summary answer={answer.data} compared={compared} />
      <section className={classes["panel"]} aria-label={t("picture")}>
        {(answer.data.counts[0] ?? 0) > 0 ? (
          <FunnelPicture answer={answer.data} compared={compared} names={shownNames} onPick={pick} />
        ) : (
          <NobodyBegan step={shownNames[0] ?? ""} days={days} />
        )}
      </section>
      {compared && (answer.data.counts[0] ?? 0) > 0 && <Comparison answer={answer.data} compared={compared} names={shownNames} days={otherDays} />}
      <BreakdownControls search={search} onChange={onChange} />
      <Tables answer={answer.data} compared={compared} names={shownNames} search={search} onPick={pick} />
      {search.by === "channel" && may("spend.read") && <SpendTable query={query} names={shownNames} onWrite={onWriteSpend} />}
      <FunnelPeople query={query} search={search} names={shownNames} onChange={onChange} />
    </div>
  );
}

function NobodyBegan({ step, days }: { step: string; days: Days }) {
  const { t } = useTranslation("funnels");
  const format = useFormat();
  const range = format.dateRange(`${days.first}T12:00:00Z`, `${days.last}T12:00:00Z`);
  return <EmptyState icon={IconUsersMinus} title={t("noPeople")} hint={t("noPeopleHint", { step, range })} />;
}

interface TablesProps {
  answer: FunnelAnswer;
  compared: FunnelAnswer | undefined;
  names: readonly string[];
  search: ReportSearch;
  onPick: (step: number, kind: PickKind, value?: string) => void;
}

function Tables({ answer, compared, names, search, onPick }: TablesProps) {
  const { t } = useTranslation("funnels");
  if (search.by && answer.breakdown) {
    return <BreakdownTable answer={answer} breakdown={answer.breakdown} by={search.by} names={names} onPick={onPick} compared={compared} />;
  }
  return (
    <section>
      <Title order={2} mb="xs">{t("stepTable")}</Title>
      <StepTable answer={answer} compared={compared} names={names} onPick={onPick} />
    </section>
  );
}
