import { IconUsersMinus } from "@tabler/icons-react";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import { TrendChart } from "../../charts/TrendChart";
import { EmptyState } from "../../components/EmptyState";
import { useFormat } from "../../i18n";
import type { Interval } from "../ask";
import { bucketName, eventsName } from "../names";
import classes from "./Answers.module.css";
import { NumberButton } from "./NumberButton";
import { cohortTable, type CohortTable } from "./shape";
import { CHART_HEIGHT, type ViewProps } from "./view";

type RetentionAnswer = Schema<"RetentionAnswer">;

/** Curves of single cohorts beside the average: more would hide it. */
const CURVES_MAX = 5;

export function RetentionView({ ask, chart, query, answer, compared, zone, nowMs, tileHeight, onPick }: ViewProps<"retention">) {
  const { t } = useTranslation("insights");
  const interval = query.period ?? "week";
  const lengths = query.mode === "bracket" ? (query.brackets ?? []) : null;
  const lengthsKey = lengths?.join() ?? "";
  const tableOf = useCallback((of: RetentionAnswer) => cohortTable(of, lengthsKey === "" ? null : lengthsKey.split(",").map(Number), interval, zone, nowMs), [lengthsKey, interval, zone, nowMs]);
  const table = useMemo(() => tableOf(answer), [tableOf, answer]);
  const former = useMemo(() => compared && tableOf(compared), [tableOf, compared]);
  const columns = useMemo(() => columnNames(table.average.length, lengthsKey === "" ? null : lengthsKey.split(",").map(Number), (first, last) =>
    first === last ? t(`period.${interval}`, { number: first }) : t(`period.${interval}`, { number: `${first}–${last}` })), [table, lengthsKey, interval, t]);
  const label = t("retentionLabel", { what: eventsName(ask.event), back: ask.returning?.length ? eventsName(ask.returning) : eventsName(ask.event) });
  const isTile = tileHeight !== undefined;
  if (table.total === 0) return <div className={classes["panel"]} data-picture data-tile={isTile || undefined}><EmptyState isCompact={isTile} icon={IconUsersMinus} title={t("nobodyBegan")} hint={isTile ? undefined : t("nobodyBeganHint", { step: eventsName(ask.event) })} /></div>;
  return (
    <div className={classes["panel"]} data-picture data-tile={tileHeight !== undefined || undefined}>
      {chart === "curve" ? <Curve table={table} former={former} columns={columns} interval={interval} label={label} height={tileHeight ?? CHART_HEIGHT} /> : <HeatMap table={table} former={former} columns={columns} interval={interval} label={label} onPick={onPick} />}
    </div>
  );
}

function columnNames(count: number, lengths: readonly number[] | null, name: (first: number, last: number) => string): string[] {
  return Array.from({ length: count }, (_, column) => {
    if (!lengths) return name(column + 1, column + 1);
    const first = lengths.slice(0, column).reduce((sum, length) => sum + length, 1);
    return name(first, first + (lengths[column] ?? 1) - 1);
  });
}

interface PartProps {
  table: CohortTable;
  /** That of the period compared with. */
  former: CohortTable | undefined;
  columns: readonly string[];
  interval: Interval;
  label: string;
}

/** From nothing to all of the accent, so that the text on it keeps its contrast. */
const heat = (share: number, most: number) => `color-mix(in srgb, var(--accent) calc(var(--heat-most) * ${(most > 0 ? share / most : 0).toFixed(2)}), var(--ground))`;

/** A row per cohort and a column per period: the more came back, the deeper. A real table, so it reads aloud as one. */
function HeatMap({ table, former, columns, interval, label, onPick }: PartProps & Pick<ViewProps<"retention">, "onPick">) {
  const { t } = useTranslation("insights");
  const format = useFormat();
  const most = Math.max(0, ...table.rows.flatMap(({ cells }) => cells.map((cell) => cell?.share ?? 0)));
  const hasUnfinished = table.rows.some(({ cells }) => cells.some((cell) => cell?.isUnfinished));
  return (
    <>
      <div className={classes["heat"]} tabIndex={0} role="region" aria-label={label}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t(`cohortBy.${interval}`)}</th>
              <th scope="col" style={{ textAlign: "right" }}>{t("people")}</th>
              {columns.map((name) => <th key={name} scope="col">{name}</th>)}
            </tr>
          </thead>
          <tbody>
            <tr data-average>
              <th scope="row">{t("average")}</th>
              <td data-size>{format.integer(table.total)}</td>
              {table.average.map((share, column) => <td key={column}>{share === null ? "–" : format.percent(share, 1)}</td>)}
            </tr>
            {former && (
              <tr data-former>
                <th scope="row">{t("formerly", { name: t("average") })}</th>
                <td data-size>{format.integer(former.total)}</td>
                {columns.map((name, column) => <td key={name}>{former.average[column] === undefined || former.average[column] === null ? "–" : format.percent(former.average[column], 1)}</td>)}
              </tr>
            )}
            {table.rows.map((row) => (
              <tr key={row.start}>
                <th scope="row">{bucketName(row.start, interval, format)}</th>
                <td data-size><NumberButton label={t("showThem", { shown: format.integer(row.size), what: bucketName(row.start, interval, format) })} onClick={row.size > 0 && onPick ? () => onPick({ at: row.start, cell: 0, kind: "converted" }) : undefined}>{format.integer(row.size)}</NumberButton></td>
                {row.cells.map((cell, column) => (
                  <td key={column} data-unfinished={cell?.isUnfinished || undefined} style={cell && row.size > 0 ? { background: heat(cell.share, most) } : undefined}
                    title={cell ? t("cellTitle", { shown: format.integer(cell.count), of: format.integer(row.size) }) : undefined}>
                    {cell && row.size > 0 && (
                      <NumberButton label={t("showThem", { shown: format.percent(cell.share, 1), what: `${bucketName(row.start, interval, format)}, ${columns[column] ?? ""}, ${t("cellTitle", { shown: format.integer(cell.count), of: format.integer(row.size) })}` })}
                        onClick={cell.count > 0 && onPick ? () => onPick({ at: row.start, cell: column + 1, kind: "converted" }) : undefined}>
                        {format.percent(cell.share, 1)}
                      </NumberButton>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className={classes["legend"]} aria-hidden>
        {most > 0 && <span>{format.percent(0)}<i className={classes["ramp"]} style={{ background: `linear-gradient(to right, ${heat(0, 1)}, ${heat(1, 1)})` }} />{format.percent(most, 1)}</span>}
        {hasUnfinished && <span><i className={classes["swatch"]} />{t("stillRunning")}</span>}
      </div>
    </>
  );
}

/** How many are still there, period by period: the average, and the latest cohorts behind it. */
function Curve({ table, former, columns, interval, label, height }: PartProps & { height: number }) {
  const { t } = useTranslation("insights");
  const format = useFormat();
  const points = useMemo(() => [t(`period.${interval}`, { number: 0 }), ...columns], [columns, interval, t]);
  const lines = useMemo(() => [
    { name: t("average"), values: [1, ...table.average], hue: 1 },
    ...(former ? [{ name: t("formerly", { name: t("average") }), values: [1, ...former.average], hue: 1, role: "former" as const }] : []),
    ...table.rows.filter(({ size, cells }) => size > 0 && cells.some((cell) => cell && !cell.isUnfinished)).slice(-CURVES_MAX)
      .map((row, index) => ({ name: bucketName(row.start, interval, format), values: [1, ...row.cells.map((cell) => (cell && !cell.isUnfinished ? cell.share : null))], hue: index + 2, role: "raw" as const })),
  ].map((line) => ({ ...line, values: points.map((_, place) => line.values[place] ?? null) })), [table, former, points, interval, format, t]);
  const write = useMemo(() => (value: number) => format.percent(value, 1), [format]);
  return <TrendChart label={label} lines={lines} points={points} kind="line" unfinished={null} height={height} value={write} tick={format.percent} />;
}
