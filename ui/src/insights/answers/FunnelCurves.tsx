import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { SurvivalChart, type SurvivalPoint } from "../../charts/SurvivalChart";
import { TrendChart } from "../../charts/TrendChart";
import { EmptyState } from "../../components/EmptyState";
import { IconClockOff } from "@tabler/icons-react";
import { useFormat } from "../../i18n";
import { bucketName } from "../names";
import classes from "./Answers.module.css";
import { NumberButton } from "./NumberButton";
import { ValueTable } from "./ValueTable";
import { CHART_HEIGHT, type ViewProps } from "./view";

type Props = ViewProps<"funnel"> & { names: readonly string[] };

/** Conversion by when people began. Points whose people still have time are dashed. */
export function ConversionOverTime({ ask, answer, compared, names, tileHeight, onPick }: Props) {
  const { t } = useTranslation("insights");
  const format = useFormat();
  const points = useMemo(() => answer.trend ?? [], [answer.trend]);
  const interval = ask.interval ?? "week";
  const labels = useMemo(() => points.map(({ start }) => bucketName(start, interval, format)), [points, interval, format]);
  const former = compared?.trend;
  // Bucket by bucket beside the current ones: the former period may have had one more or fewer.
  const lines = useMemo(() => [
    { name: t("overall"), values: points.map(({ conversion }) => conversion), hue: 1 },
    ...(former ? [{ name: t("formerly", { name: t("overall") }), values: points.map((_, index) => former[index]?.conversion ?? null), hue: 1, role: "former" as const }] : []),
  ], [points, former, t]);
  const write = useMemo(() => (value: number) => format.percent(value, 1), [format]);
  const growing = points.findIndex(({ is_unfinished }) => is_unfinished);
  return (
    <>
      <TrendChart label={t("conversionOverTime")} lines={lines} points={labels} kind="line" unfinished={growing < 0 ? null : t("stillGoing")} unfinishedFrom={growing < 0 ? undefined : growing} height={tileHeight ?? CHART_HEIGHT} value={write} tick={format.percent} />
      {tileHeight === undefined && (
        <div style={{ marginTop: 24 }}>
          <ValueTable caption={t("tableOf", { what: t("conversionOverTime") })} head={[t(`intervals.${interval}`), t("overall"), ...(former ? [t("beforeColumn")] : []), ...names]}
            rows={points.map((point, index) => ({ key: point.start, name: `${labels[index] ?? ""}${point.is_unfinished ? " *" : ""}`, cells: [format.percent(point.conversion, 1), ...(former ? [format.percent(former[index]?.conversion, 1)] : []), ...point.counts.map((count, step) => (
              <NumberButton key={step} label={t("showThem", { shown: format.integer(count), what: `${names[step] ?? ""}, ${labels[index] ?? ""}` })} onClick={count > 0 && onPick ? () => onPick({ step, kind: "converted", at: point.start }) : undefined}>{format.integer(count)}</NumberButton>
            ))] }))} />
          {growing >= 0 && <p className={classes["note"]}>* {t("stillGoing")}</p>}
        </div>
      )}
    </>
  );
}

/** Times of the curve that a table tells: its middle and its end, not each of its steps. */
const ROWS_MAX = 12;

/** How conversion grows with time, with those still under way counted for as long as they were seen. */
export function ConversionCurve({ answer, compared, tileHeight }: Props) {
  const { t } = useTranslation("insights");
  const format = useFormat();
  const survival = answer.survival;
  const points = useMemo((): SurvivalPoint[] => (survival?.points ?? []).map((point) => ({ s: point.s, share: point.converted, low: point.ci_low, high: point.ci_high })), [survival]);
  const former = compared?.survival;
  const ghost = useMemo(() => former?.points.map(({ s, converted }) => ({ s, share: converted })), [former]);
  const tell = useMemo(() => (point: SurvivalPoint) => ({
    title: format.duration(point.s),
    rows: [
      { name: t("finishedBy"), value: format.percent(point.share, 1) },
      { name: t("likelyBetween"), value: `${format.percent(point.low, 1)} – ${format.percent(point.high, 1)}` },
    ],
  }), [format, t]);
  if (!survival || survival.points.length < 2) return <EmptyState isCompact={tileHeight !== undefined} icon={IconClockOff} title={t("nobodyConverted")} />;
  const half = (seconds: number | null) => (seconds === null ? t("never") : format.duration(seconds));
  const every = Math.max(1, Math.ceil(survival.points.length / ROWS_MAX));
  const told = survival.points.filter((_, index) => index % every === 0 || index === survival.points.length - 1);
  return (
    <>
      {tileHeight === undefined && <dl className={classes["facts"]}><div><dt>{t("halfAfter")}</dt><dd>{half(survival.median_s)}{former && <span className={classes["formerly"]}>{t("before", { value: half(former.median_s) })}</span>}</dd></div></dl>}
      <SurvivalChart label={t("survivalLabel")} points={points} former={ghost} tell={tell} height={tileHeight ?? CHART_HEIGHT - 60} />
      {tileHeight === undefined && (
        <>
          <p className={classes["note"]}>{t("survivalHint")}{former && ` ${t("survivalFormer")}`}</p>
          <div style={{ marginTop: 24 }}>
            <ValueTable caption={t("tableOf", { what: t("survivalLabel") })} head={[t("after"), t("finishedBy"), t("likelyBetween"), t("stillSeen")]}
              rows={told.map((point) => ({ key: String(point.s), name: format.duration(point.s), cells: [format.percent(point.converted, 1), `${format.percent(point.ci_low, 1)} – ${format.percent(point.ci_high, 1)}`, format.integer(point.at_risk)] }))} />
          </div>
        </>
      )}
    </>
  );
}
