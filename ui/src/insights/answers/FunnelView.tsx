import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { PickKind, Schema } from "../../api/types";
import { funnelViewsQuery } from "../../api/queries";
import { FunnelPicture } from "../../charts/FunnelPicture";
import { Bars } from "../../charts/series";
import { StackChart } from "../../charts/StackChart";
import { EmptyState } from "../../components/EmptyState";
import { Comparison } from "../../funnels/Comparison";
import { Summary } from "../../funnels/Summary";
import { BreakdownTable, StepTable } from "../../funnels/tables";
import { useFormat } from "../../i18n";
import { IconClockOff, IconUsersMinus } from "@tabler/icons-react";
import { eventsName, valueName } from "../names";
import classes from "./Answers.module.css";
import { ConversionCurve, ConversionOverTime } from "./FunnelCurves";
import { histogramBins } from "./shape";
import { NumberButton } from "./NumberButton";
import { StepTimes } from "./StepTimes";
import { ValueTable } from "./ValueTable";
import { CHART_HEIGHT, type ViewProps } from "./view";

type Props = ViewProps<"funnel">;

/** Steps by their own names, else by their events. */
function useStepNames({ ask, answer }: Props): string[] {
  useTranslation("events");
  const named = ask.steps.filter(({ event }) => event.length > 0).map(({ name, event }) => name ?? eventsName(event));
  // While steps are being changed the former answer stays, and its own names with it.
  return answer.steps.map((step, index) => (named.length === answer.steps.length ? (named[index] ?? step.name) : step.name));
}

export function FunnelView(props: Props) {
  const { ask, chart, answer, compared, comparedDays, tileHeight, onPick } = props;
  const { t } = useTranslation("insights");
  const format = useFormat();
  const names = useStepNames(props);
  const isTile = tileHeight !== undefined;
  const pick = (step: number, kind: PickKind, value?: string) => onPick?.({ step, kind, ...(value === undefined ? {} : { value }) });
  // The others tell of times, and bring figures of their own.
  const isOfSteps = chart === "funnel" || chart === "bars";
  const isEmpty = (answer.counts[0] ?? 0) === 0;
  return (
    <div className={classes["stack"]}>
      {!isTile && isOfSteps && <Summary answer={answer} compared={compared} />}
      <section className={classes["panel"]} data-picture data-tile={isTile || undefined} aria-label={t("kinds.funnel")}>
        {isEmpty ? <EmptyState isCompact={isTile} icon={IconUsersMinus} title={t("nobodyBegan")} hint={isTile ? undefined : t("nobodyBeganHint", { step: names[0] ?? "" })} />
          : chart === "bars" ? <FunnelBars {...props} names={names} />
          : chart === "time" ? <TimeToConvert {...props} names={names} />
          : chart === "trend" ? <ConversionOverTime {...props} names={names} />
          : chart === "survival" ? <ConversionCurve {...props} names={names} />
          : <FunnelPicture answer={answer} compared={compared} names={names} onPick={onPick && pick} height={tileHeight} />}
      </section>
      {!isTile && isOfSteps && answer.excluded_count > 0 && (
        <p className={classes["note"]} style={{ marginTop: -8 }}>
          <NumberButton label={t("excludedLabel", { count: answer.excluded_count, shown: format.integer(answer.excluded_count) })} onClick={onPick && (() => onPick({ step: 0, kind: "excluded" }))}>{t("excludedCount", { count: answer.excluded_count, shown: format.integer(answer.excluded_count) })}</NumberButton>
        </p>
      )}
      {!isTile && isOfSteps && compared && !isEmpty && <Comparison answer={answer} compared={compared} names={names} days={comparedDays} isGrowing={ask.entry_only === true} />}
      {!isTile && chart === "time" && !isEmpty && <StepTimes answer={answer} compared={compared} names={names} />}
      {!isTile && isOfSteps && (
        answer.breakdown && ask.breakdown
          ? <BreakdownTable answer={answer} breakdown={answer.breakdown} by={ask.breakdown.prop} and={ask.breakdown.and} names={names} onPick={pick} compared={compared} />
          : <StepTable answer={answer} compared={compared} names={names} onPick={pick} onPickFormer={onPick && ((step) => onPick({ step, kind: "converted", former: true }))} />
      )}
    </div>
  );
}

/** A group of bars per step: with a breakdown each value's share, else the people. */
function FunnelBars({ ask, answer, compared, names, tileHeight }: Props & { names: readonly string[] }) {
  const { t, i18n } = useTranslation("insights");
  const format = useFormat();
  const { data: funnels } = useQuery(funnelViewsQuery);
  const prop = ask.breakdown?.prop ?? "";
  const second = ask.breakdown?.and ?? "";
  const series = useMemo(() => {
    if (answer.breakdown_steps) {
      return answer.breakdown_steps.map((one) => ({ name: (one.values ?? [one.value]).map((value, place) => valueName(place === 0 ? prop : second, value, funnels?.items ?? [], i18n.language)).join(" · "), values: one.steps.map((step) => step.conversion_from_first) }));
    }
    const own = { name: t("people"), values: answer.counts, hue: 1 };
    return compared ? [own, { name: t("formerly", { name: t("people") }), values: compared.counts, isGhost: true }] : [own];
  }, [answer, compared, prop, second, funnels, i18n.language, t]);
  const write = useMemo(() => (answer.breakdown_steps ? (value: number) => format.percent(value, 1) : format.integer), [answer.breakdown_steps, format]);
  return <Bars label={t("barsLabel")} categories={names} series={series} height={tileHeight ?? CHART_HEIGHT} value={write} />;
}

type Histogram = Schema<"HistogramAnswer">;

/** How long people took from one step to another. */
function TimeToConvert({ answer, compared, names, tileHeight }: Props & { names: readonly string[] }) {
  const { t } = useTranslation("insights");
  const format = useFormat();
  const histogram = answer.time_to_convert;
  const bins = useMemo(() => (histogram ? histogramBins(histogram) : []), [histogram]);
  const stacks = useMemo(() => [{ name: t("people"), values: bins.map(({ people }) => people), color: ({ palette }: { palette: string[] }) => palette[1] ?? "" }], [bins, t]);
  const points = useMemo(() => bins.map(({ from_s }) => format.duration(from_s)), [bins, format]);
  const title = useMemo(() => (index: number) => {
    const bin = bins[index];
    return bin ? `${format.duration(bin.from_s)} – ${format.duration(bin.to_s)}` : "";
  }, [bins, format]);
  if (!histogram || histogram.count === 0) return <EmptyState isCompact={tileHeight !== undefined} icon={IconClockOff} title={t("nobodyConverted")} />;
  const label = t("timeLabel", { from: names[histogram.from_step] ?? "", to: names[histogram.to_step] ?? "" });
  const isTile = tileHeight !== undefined;
  const duration = (part: "p25_s" | "median_s" | "p75_s" | "p90_s" | "p95_s" | "mean_s") => (of: Histogram) => format.duration(of[part]);
  const facts: [string, (of: Histogram) => string][] = [
    [t("people"), (of) => format.integer(of.count)],
    ...(isTile ? [] : [[t("quarterIn"), duration("p25_s")] as [string, (of: Histogram) => string]]),
    [t("halfIn"), duration("median_s")],
    ...(isTile ? [] : [[t("threeQuartersIn"), duration("p75_s")] as [string, (of: Histogram) => string]]),
    [t("nineOfTen"), duration("p90_s")],
    ...(isTile ? [] : [[t("nineteenOfTwenty"), duration("p95_s")] as [string, (of: Histogram) => string]]),
    [t("mean"), duration("mean_s")],
  ];
  const former = compared?.time_to_convert;
  return (
    <>
      <dl className={classes["facts"]}>
        {facts.map(([name, write]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{write(histogram)}{former && !isTile && <span className={classes["formerly"]}>{t("before", { value: write(former) })}</span>}</dd>
          </div>
        ))}
      </dl>
      <StackChart label={label} stacks={stacks} points={points} height={tileHeight === undefined ? CHART_HEIGHT - 60 : Math.max(tileHeight - 60, 120)} value={format.integer} tick={format.compact} title={title} />
      {tileHeight === undefined && (
        <div style={{ marginTop: 24 }}>
          <ValueTable caption={t("tableOf", { what: label })} head={[t("took"), t("people"), t("share")]}
            rows={bins.map((bin, index) => ({ key: String(index), name: title(index), cells: [format.integer(bin.people), format.percent(bin.people / histogram.count, 1)] }))} />
        </div>
      )}
    </>
  );
}

