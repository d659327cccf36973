import { useQuery } from "@tanstack/react-query";
import { funnelViewsQuery } from "../api/queries";
import { ActionIcon, Alert, Button, Menu, SegmentedControl, Select, Skeleton } from "@mantine/core";
import { IconDownload, IconFileSpreadsheet, IconFileTypeCsv, IconFilterPlus, IconPencilExclamation, IconPhoto, IconRoute } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiProblem } from "../api/client";
import { FunnelPictureSkeleton } from "../charts/FunnelPicture";
import { download } from "../components/download";
import { EmptyState } from "../components/EmptyState";
import { describeError, toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { PeopleDrawer } from "../funnels/PeopleDrawer";
import { useFormat } from "../i18n";
import { bucketName, stageTitle, eventsName, propertyName, valueName } from "./names";
import type { InsightQuery } from "./question";
import { spanOf } from "../period";
import { AnswerView } from "./answers/AnswerView";
import { CHART_HEIGHT } from "./answers/view";
import { CHARTS, chartOf, INTERVALS, lean, type Asks, type BuilderSearch, type ChartKind, type FunnelAsk, type InsightState, type Interval, type Kind, type Looking, type Pick } from "./ask";
import classes from "./builder/Builder.module.css";
import { pairOf } from "../funnels/tables";
import reportClasses from "../funnels/FunnelReport.module.css";
import type { Answered, Asked } from "./useAnswer";

interface Props {
  draft: InsightState;
  ask: Asks[Kind];
  /** The question as it was last asked, with the state that it came from. */
  asked: Asked & { state: InsightState & { ask: Asks[Kind] } };
  answered: Answered;
  title: string;
  zone: string;
  nowMs: number;
  looking: Looking;
  onAsk: (ask: Asks[Kind]) => void;
  onLook: (looking: Looking) => void;
  onChart: (chart: ChartKind) => void;
}

/** Everything that a question answers, and how it is shown. */
export function AnswerPanel(props: Props) {
  const { draft, asked, answered, zone, nowMs, looking, onAsk, onLook } = props;
  const { t } = useTranslation("insights");
  const picture = useRef<HTMLDivElement>(null);
  const { question, state } = asked;
  const isOther = state.kind !== draft.kind;
  return (
    <section className={classes["answer"]} aria-label={t("answer")}>
      <Toolbar {...props} picture={picture} />
      {isOther ? <AnswerSkeleton kind={draft.kind} />
        : !question ? <EmptyState icon={IconFilterPlus} title={t(`tooLittle.${draft.kind}`)} hint={t("tooLittleHint")} />
        : answered.error && !answered.answer ? <Refusal error={answered.error} onRetry={answered.refetch} />
        : !answered.answer ? <AnswerSkeleton kind={draft.kind} />
        : (
          <div className={reportClasses["answer"]} data-stale={answered.isStale || undefined} aria-busy={answered.isFetching}>
            {answered.error !== null && <Alert color="red" role="alert">{describeError(answered.error)}</Alert>}
            <div ref={picture}>
              <AnswerView ask={state.ask} chart={chartOf({ ...state, chart: draft.chart })} query={question.query} answer={answered.answer} comparedDays={asked.comparedDays} span={spanOf(asked.days, zone)} zone={zone} nowMs={nowMs}
                onAsk={onAsk} onPick={(pick) => onLook({ pick })} />
            </div>
            <People state={state} query={looking.pick?.former ? (asked.former ?? question).query : question.query} looking={looking} onLook={onLook} />
          </div>
        )}
    </section>
  );
}

/** What the API is told of a number. */
const placeOfPick = (pick: Pick) => lean({ ...pick, former: undefined });

interface PeopleProps {
  state: InsightState & { ask: Asks[Kind] };
  query: InsightQuery;
  looking: Looking;
  onLook: (looking: Looking) => void;
}

/** The people of the number that the address names. */
function People({ state, query, looking: { pick, person }, onLook }: PeopleProps) {
  const { t, i18n } = useTranslation(["insights", "funnels"]);
  const format = useFormat();
  const { data: funnels } = useQuery(funnelViewsQuery);
  const prop = "breakdown" in state.ask ? state.ask.breakdown?.prop : undefined;
  const interval = (state.ask as { interval?: Interval }).interval ?? (state.kind === "trend" ? "day" : "week");
  const bucket = pick?.at ? bucketName(pick.at, interval, format) : "";
  const titles: Record<Kind, () => string> = {
    funnel: () => pick?.kind === "excluded" ? t("excluded") : t(pick?.kind === "dropped" ? "funnels:drawer.dropped" : "funnels:drawer.reached", { step: stepNames(state.ask as FunnelAsk)[pick?.step ?? 0] ?? "" }),
    trend: () => eventsName((state.ask as Asks["trend"]).series.filter(({ event }) => event.length > 0)[pick?.series ?? 0]?.event ?? []),
    retention: () => (pick?.cell ? t(pick.kind === "dropped" ? "stayedAway" : "cameBack", { period: t(`period.${interval}`, { number: pick.cell }) }) : t("cohort")),
    lifecycle: () => (pick?.kind === "new" || pick?.kind === "returning" || pick?.kind === "resurrecting" || pick?.kind === "dormant" ? t(`lifecycle.${pick.kind}`) : ""),
    paths: () => "",
    time_in_stage: () => (pick?.kind === "left" || pick?.kind === "still_there" || pick?.kind === "entered" ? `${stageTitle(pick.value ?? "", funnels?.items ?? [], i18n.language) || t("noValue")}: ${t(`stays.${pick.kind}`)}` : ""),
  };
  const value = pick?.value === undefined || !prop ? "" : t("funnels:drawer.with", { property: propertyName(prop), value: pairOf(pick.value).map((one, place) => (place === 0 ? valueName(prop, one, funnels?.items ?? [], i18n.language) : one || t("noValue"))).join(" · ") });
  return (
    <PeopleDrawer of={pick && state.kind !== "paths" ? { query, ...placeOfPick(pick) } : null} person={person} title={titles[state.kind]()} detail={[pick?.former ? t("beforeColumn") : "", bucket, value].filter(Boolean).join(" · ") || null}
      actions={state.kind === "retention" && pick?.cell ? (
        <SegmentedControl size="xs" aria-label={t("whichPeople")} value={pick.kind ?? "converted"} data={[{ value: "converted", label: t("whoCame") }, { value: "dropped", label: t("whoStayedAway") }]}
          onChange={(kind) => onLook({ pick: { ...pick, kind: kind === "dropped" ? "dropped" : "converted" } })} />
      ) : state.kind === "funnel" && pick?.kind !== "excluded" && pick?.step !== undefined && pick.value === undefined && <WaysOn ask={state.ask} pick={pick} state={state} />}
      onClose={() => onLook({})} onPerson={(one) => onLook({ ...(pick ? { pick } : {}), ...(one ? { person: one } : {}) })} />
  );
}

/** From a number of a funnel to what its people did next. */
function WaysOn({ ask, pick, state }: { ask: FunnelAsk; pick: Pick; state: InsightState }) {
  const { t } = useTranslation("insights");
  const navigate = useNavigate();
  const { period, from, to } = state;
  // The answer counts the steps that were asked, without those still empty.
  const funnel = { ...ask, steps: ask.steps.filter(({ event }) => event.length > 0) };
  delete funnel.breakdown;
  // Paths are those of people.
  if (ask.count_prop || ask.count || (pick.kind === "dropped" && !pick.step)) return null;
  const around = { funnel, step: pick.step ?? 0, kind: pick.kind === "dropped" ? ("dropped" as const) : ("reached" as const), side: "after" as const };
  const search = { ...lean({ period, from, to }), kind: "paths" as const, ask: { around, by_prop: [{ event: "Page Viewed", prop: "path" }] } };
  return <Button variant="default" size="compact-sm" leftSection={<IconRoute size={14} stroke={1.5} />} onClick={() => void navigate({ to: "/insights/new", search: search as BuilderSearch })}>{t("waysOn")}</Button>;
}

const stepNames = (ask: FunnelAsk) => ask.steps.filter(({ event }) => event.length > 0).map(({ name, event }) => name ?? eventsName(event));

/** What the server refuses is written at its field; here it is said once more where the answer would be. */
function Refusal({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation("insights");
  if (!(error instanceof ApiProblem) || error.fields.length === 0) return <QueryProblem error={error} onRetry={onRetry} />;
  return <div role="alert"><EmptyState icon={IconPencilExclamation} title={t("refused")} hint={describeError(error)} /></div>;
}

function AnswerSkeleton({ kind }: { kind: Kind }) {
  const { t } = useTranslation();
  if (kind === "funnel") return <FunnelPictureSkeleton />;
  return <Skeleton height={CHART_HEIGHT + 40} radius="lg" role="status" aria-label={t("chart.loading")} />;
}

/** A CSV holds one table: of a funnel the one of what is shown, and with a breakdown the one that says more. */
function shownTable(query: InsightQuery | undefined): string | undefined {
  if (query?.insight !== "funnel") return undefined;
  return query.time_to_convert ? "time_to_convert" : query.trend ? "trend" : query.survival ? "survival" : query.breakdown ? "breakdown" : undefined;
}

function Toolbar({ draft, ask, asked, title, picture, answered, onAsk, onChart }: Props & { picture: React.RefObject<HTMLDivElement | null> }) {
  const { t } = useTranslation("insights");
  const charts = CHARTS[draft.kind];
  const hasInterval = (draft.kind === "funnel" && chartOf(draft) === "trend") || draft.kind === "trend" || draft.kind === "retention" || draft.kind === "lifecycle";
  const interval = (ask as { interval?: Interval }).interval ?? (draft.kind === "trend" ? "day" : "week");
  async function savePicture() {
    const { pictureOf, fileName } = await import("../charts/exportPicture");
    const shown = picture.current?.querySelector<HTMLElement>("[data-picture]") ?? picture.current;
    if (shown) download(await pictureOf(shown, title), fileName(title, "png"));
  }
  async function saveTable(format: "csv" | "xlsx", of?: string) {
    const query = asked.question?.query;
    const table = format === "csv" ? lean({ table: of ?? shownTable(query) }) : {};
    const { file, name } = await api.postForFile("/insights/export", { query, format, name: title, ...table });
    download(file, name);
  }
  return (
    <div className={classes["bar"]}>
      {charts.length > 1 && (
        <SegmentedControl size="sm" aria-label={t("shownAs")} value={chartOf(draft)} data={charts.map((chart) => ({ value: chart, label: t(`charts.${chart}`) }))}
          onChange={(chart) => onChart(charts.find((known: ChartKind) => known === chart) ?? charts[0])} />
      )}
      <TimeSteps draft={draft} ask={ask} onAsk={onAsk} />
      <div data-end>
        {hasInterval && (
          <Select aria-label={t("interval")} w={128} value={interval} data={INTERVALS.map((value) => ({ value: value, label: t(`by.${value}`) }))}
            onChange={(value) => onAsk({ ...ask, interval: INTERVALS.find((known) => known === value) ?? interval })} />
        )}
        <Menu>
          <Menu.Target><ActionIcon variant="default" size={36} aria-label={t("export")} disabled={!answered.answer}><IconDownload size={18} stroke={1.5} /></ActionIcon></Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPhoto size={16} stroke={1.5} />} onClick={() => void savePicture().catch(toastError)}>{t("exportPng")}</Menu.Item>
            <Menu.Item leftSection={<IconFileTypeCsv size={16} stroke={1.5} />} onClick={() => void saveTable("csv").catch(toastError)}>{t("exportCsv")}</Menu.Item>
            {answered.answer && "compared" in answered.answer && answered.answer.compared && (
              <>
                {draft.kind === "funnel" && <Menu.Item leftSection={<IconFileTypeCsv size={16} stroke={1.5} />} onClick={() => void saveTable("csv", "changes").catch(toastError)}>{t("exportChanges")}</Menu.Item>}
                <Menu.Item leftSection={<IconFileTypeCsv size={16} stroke={1.5} />} onClick={() => void saveTable("csv", "compared").catch(toastError)}>{t("exportCompared")}</Menu.Item>
              </>
            )}
            <Menu.Item leftSection={<IconFileSpreadsheet size={16} stroke={1.5} />} onClick={() => void saveTable("xlsx").catch(toastError)}>{t("exportXlsx")}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
    </div>
  );
}

/** Between which steps the time is measured. */
function TimeSteps({ draft, ask, onAsk }: { draft: InsightState; ask: Asks[Kind]; onAsk: Props["onAsk"] }) {
  const { t } = useTranslation("insights");
  if (draft.kind !== "funnel" || chartOf(draft) !== "time") return null;
  const { steps, time, ...rest } = ask as FunnelAsk;
  const last = steps.length - 1;
  const { from_step: from, to_step: to } = time ?? { from_step: 0, to_step: last };
  const choices = (first: number, end: number) =>
    Array.from({ length: Math.max(end - first + 1, 0) }, (_, place) => ({ value: String(first + place), label: `${first + place + 1}. ${steps[first + place]?.name ?? eventsName(steps[first + place]?.event ?? [])}` }));
  const set = (next: { from_step: number; to_step: number }) => onAsk({ ...rest, steps, time: next });
  return (
    <>
      <Select aria-label={t("timeFrom")} w={136} value={String(from)} data={choices(0, last - 1)} onChange={(step) => set({ from_step: Number(step), to_step: Math.max(to, Number(step) + 1) })} />
      <Select aria-label={t("timeTo")} w={136} value={String(Math.min(to, last))} data={choices(from + 1, last)} onChange={(step) => set({ from_step: from, to_step: Number(step) })} />
    </>
  );
}
