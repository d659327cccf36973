import { IconChartLine } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../../api/queries";
import { stageColor } from "../../charts/palette";
import { TrendChart } from "../../charts/TrendChart";
import type { Format } from "../../format";
import { EmptyState } from "../../components/EmptyState";
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

/** More lines than this are not drawn a second time for the period compared with. */
const LINES_COMPARED_MAX = 2;

export function TrendView({ ask, chart, query, answer, compared, span, zone, nowMs, tileHeight, onPick }: ViewProps<"trend">) {
  const { t, i18n } = useTranslation("insights");
  const format = useFormat();
  const { data: funnels } = useQuery(funnelViewsQuery);
  const series = useSeriesNames(ask.series);
  const interval = query.interval ?? "day";
  const key = series.join("\n");
  const prop = ask.breakdown?.prop ?? "";
  const { lines, before } = useMemo((): { lines: Line[]; before: Map<string, Line> } => {
    const names = {
      series: key.split("\n"),
      value: (value: string) => valueName(prop, value, funnels?.items ?? [], i18n.language),
      formula: ask.formula,
      rest: (count: number) => t("rest", { count }),
      mean: (name: string) => t("meanOf", { name, count: ask.moving_average ?? 0 }),
    };
    const now = trendLines(answer, names);
    const former = compared ? trendLines(compared, names).filter(({ role }) => role !== "raw") : [];
    const before = new Map(former.map((line) => [line.name, line]));
    // A breakdown of two periods would be twice the lines: the table compares their sums.
    if (now.length > LINES_COMPARED_MAX) return { lines: now, before };
    return { lines: [...now, ...former.map((line) => ({ ...line, name: t("formerly", { name: line.name }), role: "former" as const }))], before };
  }, [answer, compared, key, prop, funnels, i18n.language, ask.formula, ask.moving_average, t]);
  const points = useMemo(() => answer.starts.map((start) => bucketName(start, interval, format)), [answer.starts, interval, format]);
  // Bucket by bucket beside the current ones: the former period may have had one more or fewer.
  const fitted = useMemo(() => lines.map((line) => ({ ...line, values: points.map((_, index) => line.values[index] ?? null) })), [lines, points]);
  const unfinished = isUnfinished(answer.starts, interval, zone, span.to, nowMs) ? t("unfinished") : null;
  const label = t("trendLabel", { what: ask.formula ?? series.join(", "), from: points[0] ?? "", to: points.at(-1) ?? "" });

  const isTile = tileHeight !== undefined;
  const now = lines.filter(({ role }) => role === undefined);
  const pickOf = ({ people, role }: Line, place: number) => {
    const at = (role === "former" ? compared : answer)?.starts[place];
    return at && onPick ? () => onPick({ ...people, at, ...(role === "former" ? { former: true } : {}) }) : undefined;
  };
  if (chart === "number") return <Numbers lines={now} before={before} isTile={isTile} />;
  if (lines.every(({ values }) => values.every((value) => !value))) return <div className={classes["panel"]} data-picture data-tile={isTile || undefined}><EmptyState isCompact={isTile} icon={IconChartLine} title={t("nothingCounted")} hint={isTile ? undefined : t("nothingCountedHint")} /></div>;
  const isKind = chart === "area" || chart === "bars" ? chart : "line";
  return (
    <div className={classes["stack"]}>
      {!isTile && compared && now.length <= LINES_COMPARED_MAX && <Numbers lines={now} before={before} isTile={false} isSmall />}
      <div className={classes["panel"]} data-picture data-tile={tileHeight !== undefined || undefined}>
        <TrendChart label={label} lines={fitted} points={points} kind={isKind} unfinished={unfinished} height={tileHeight ?? CHART_HEIGHT} value={format.decimal} tick={format.compact} />
      </div>
      {tileHeight === undefined && (
        <ValueTable caption={t("tableOf", { what: label })} head={[t(`intervals.${interval}`), t("total"), ...(compared ? [t("beforeColumn"), t("changeColumn")] : []), ...points]} isLastQuiet={unfinished !== null} sums={1}
          rows={fitted.map((line, index) => ({
            key: String(index), name: line.name, hue: line.hue, isGhost: line.role !== undefined,
            cells: [
              line.total === null ? "–" : format.decimal(line.total),
              ...(compared ? sumsBefore(line, before.get(line.name), format) : []),
              ...line.values.map((value, place) => (
                <NumberButton key={place} label={t("showThem", { shown: format.decimal(value ?? 0), what: `${line.name}, ${points[place] ?? ""}` })}
                  onClick={value && onPick && line.people ? pickOf(line, place) : undefined}>
                  {value === null ? "–" : format.decimal(value)}
                </NumberButton>
              )),
            ],
          }))} />
      )}
    </div>
  );
}

/** The sum of the period compared with, and the change since. A line of that period has none. */
function sumsBefore(line: Line, former: Line | undefined, format: Format): string[] {
  if (line.role !== undefined || !former) return ["", ""];
  const { total } = former;
  return [total === null ? "–" : format.decimal(total), total === null || line.total === null ? "–" : (format.change(line.total, total) ?? "–")];
}

/** The sums alone, and how they changed. On a tile a single one is called by the tile's title. */
function Numbers({ lines, before, isTile, isSmall = false }: { lines: readonly Line[]; before: ReadonlyMap<string, Line>; isTile: boolean; isSmall?: boolean }) {
  const { t } = useTranslation("insights");
  const format = useFormat();
  return (
    <dl className={classes["numbers"]} style={{ margin: 0 }} data-small={isSmall || undefined}>
      {lines.map((line, index) => {
        const former = before.get(line.name)?.total ?? null;
        const change = former !== null && line.total !== null ? format.change(line.total, former) : null;
        return (
          <div key={index} className={classes["number"]}>
            <dt title={line.name} data-hidden={(isTile && lines.length === 1) || undefined}>{lines.length > 1 && <i className={classes["dot"]} style={{ background: stageColor(line.hue) }} />}<span>{line.name}</span></dt>
            <dd>
              <div className={classes["big"]}>{line.total === null ? "–" : format.decimal(line.total)}</div>
              {former !== null && <div className={classes["change"]}>{change && <b>{change}</b>} {t("before", { value: format.decimal(former) })}</div>}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
