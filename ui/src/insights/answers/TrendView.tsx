import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../../api/queries";
import { stageColor } from "../../charts/palette";
import { TrendChart } from "../../charts/TrendChart";
import { useFormat } from "../../i18n";
import type { Series } from "../ask";
import { bucketName, eventsName, valueName } from "../names";
import classes from "./Answers.module.css";
import { NumberButton } from "./NumberButton";
import { isUnfinished, trendLines, type Line } from "./shape";
import { ValueTable } from "./ValueTable";
import { CHART_HEIGHT, type ViewProps } from "./view";

/** What a series is called: its own name, else its events, and what is counted where that is not plain. */
function useSeriesNames(series: readonly Series[]): string[] {
  const { t } = useTranslation("insights");
  // Names follow the language.
  useTranslation("events");
  return series.filter(({ event }) => event.length > 0).map(({ name, event, measure = "total", prop }) => {
    if (name) return name;
    const called = eventsName(event);
    if (measure === "total") return called;
    return t(`measured.${measure}`, { name: called, prop: prop ?? "" });
  });
}

export function TrendView({ ask, chart, query, answer, compared, span, zone, nowMs, tileHeight, onPick }: ViewProps<"trend">) {
  const { t, i18n } = useTranslation("insights");
  const format = useFormat();
  const { data: funnels } = useQuery(funnelViewsQuery);
  const series = useSeriesNames(ask.series);
  const interval = query.interval ?? "day";
  const key = series.join("\n");
  const prop = ask.breakdown?.prop ?? "";
  const lines = useMemo((): Line[] => {
    const names = {
      series: key.split("\n"),
      value: (value: string) => valueName(prop, value, funnels?.items ?? [], i18n.language),
      formula: ask.formula,
      rest: (count: number) => t("rest", { count }),
      mean: (name: string) => t("meanOf", { name, count: ask.moving_average ?? 0 }),
    };
    const now = trendLines(answer, names);
    // A breakdown of two periods would be twice the lines: the table compares them.
    if (!compared || now.length > 2) return now;
    const former = trendLines(compared, names).filter(({ role }) => role !== "raw");
    return [...now, ...former.map((line) => ({ ...line, name: t("formerly", { name: line.name }), role: "former" as const }))];
  }, [answer, compared, key, prop, funnels, i18n.language, ask.formula, ask.moving_average, t]);
  const points = useMemo(() => answer.starts.map((start) => bucketName(start, interval, format)), [answer.starts, interval, format]);
  // Bucket by bucket beside the current ones: the former period may have had one more or fewer.
  const fitted = useMemo(() => lines.map((line) => ({ ...line, values: points.map((_, index) => line.values[index] ?? null) })), [lines, points]);
  const unfinished = isUnfinished(answer.starts, interval, zone, span.to, nowMs) ? t("unfinished") : null;
  const label = t("trendLabel", { what: ask.formula ?? series.join(", "), from: points[0] ?? "", to: points.at(-1) ?? "" });

  if (chart === "number") return <Numbers lines={lines} isTile={tileHeight !== undefined} />;
  const isKind = chart === "area" || chart === "bars" ? chart : "line";
  return (
    <div className={classes["stack"]}>
      <div className={classes["panel"]} data-picture data-tile={tileHeight !== undefined || undefined}>
        <TrendChart label={label} lines={fitted} points={points} kind={isKind} unfinished={unfinished} height={tileHeight ?? CHART_HEIGHT} value={format.decimal} tick={format.compact} />
      </div>
      {tileHeight === undefined && (
        <ValueTable caption={t("tableOf", { what: label })} head={[t(`intervals.${interval}`), t("total"), ...points]} isLastQuiet={unfinished !== null} sums={1}
          rows={fitted.map((line, index) => ({
            key: String(index), name: line.name, hue: line.hue, isGhost: line.role !== undefined,
            cells: [
              line.total === null ? "–" : format.decimal(line.total),
              ...line.values.map((value, place) => (
                <NumberButton key={place} label={t("showThem", { shown: format.decimal(value ?? 0), what: `${line.name}, ${points[place] ?? ""}` })}
                  onClick={value && onPick && line.people && line.role !== "former" ? () => onPick({ ...line.people, at: answer.starts[place] ?? "" }) : undefined}>
                  {value === null ? "–" : format.decimal(value)}
                </NumberButton>
              )),
            ],
          }))} />
      )}
    </div>
  );
}

/** The sums alone, and how they changed. On a tile a single one is called by the tile's title. */
function Numbers({ lines, isTile }: { lines: readonly Line[]; isTile: boolean }) {
  const { t } = useTranslation("insights");
  const format = useFormat();
  const now = lines.filter(({ role }) => role === undefined);
  const former = lines.filter(({ role }) => role === "former");
  return (
    <dl className={classes["numbers"]} style={{ margin: 0 }}>
      {now.map((line, index) => {
        const before = former[index]?.total;
        const change = before !== null && before !== undefined && line.total !== null ? format.change(line.total, before) : null;
        return (
          <div key={index} className={classes["number"]}>
            <dt title={line.name} data-hidden={(isTile && now.length === 1) || undefined}>{now.length > 1 && <i className={classes["dot"]} style={{ background: stageColor(line.hue) }} />}<span>{line.name}</span></dt>
            <dd>
              <div className={classes["big"]}>{line.total === null ? "–" : format.decimal(line.total)}</div>
              {before !== null && before !== undefined && (
                <div className={classes["change"]}>{change && <b>{change}</b>} {t("before", { value: format.decimal(before) })}</div>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
