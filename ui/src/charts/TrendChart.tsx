import type { EChartsCoreOption } from "echarts/core";
import { useCallback } from "react";
import { Chart, type ChartColors } from "./Chart";
import { axis, frame, marksIn } from "./series";
import { tooltip } from "./tooltip";

export interface TrendLine {
  name: string;
  values: readonly (number | null)[];
  hue: number;
  /** What it is to the line that it goes with: the same in another period, or the values behind a mean. */
  role?: "former" | "raw";
}

interface Props {
  label: string;
  lines: readonly TrendLine[];
  /** What the points are called, one per value. */
  points: readonly string[];
  kind: "line" | "area" | "bars";
  /** Said of the last point while it still grows; the way there is dashed, its bar hatched. */
  unfinished: string | null;
  /** The first point that still grows, where it is not the last. */
  unfinishedFrom?: number | undefined;
  height?: number;
  value: (value: number) => string;
  tick: (value: number) => string;
}

const LEGEND_HEIGHT_MIN = 140;

/** More lines than this at one point are not all told. */
const TOLD_MAX = 20;
const HATCH = { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [3, 4], rotation: -Math.PI / 4 } as const;

/** Values over time, as lines, stacked areas or stacked bars. */
export function TrendChart({ label, lines, points, kind, unfinished, unfinishedFrom, height, value, tick }: Props) {
  const option = useCallback(
    (colors: ChartColors): EChartsCoreOption => {
      const base = frame(colors, lines.length, value);
      // Where little is left to draw in, what points are called is told by pointing at them.
      const isLow = height !== undefined && height < LEGEND_HEIGHT_MIN;
      // Of whole things there is no half.
      const isWhole = lines.every(({ values }) => values.every((one) => one === null || Number.isInteger(one)));
      const last = unfinishedFrom ?? points.length - 1;
      const colorOf = (line: TrendLine) => (line.role === "former" ? colors.ghost : (colors.palette[line.hue % colors.palette.length] ?? colors.ink));
      const tell = (params: unknown) => {
        const [{ dataIndex = 0 } = {}] = params as { dataIndex?: number }[];
        const told = lines.map((line) => ({ line, at: line.values[dataIndex] ?? null })).filter(({ at }) => at !== null).sort((a, b) => Number(b.at) - Number(a.at));
        const rows = told.slice(0, TOLD_MAX).map(({ line, at }) => ({ color: colorOf(line), name: line.name, value: value(Number(at)) }));
        return tooltip(points[dataIndex] ?? "", rows, dataIndex >= last && unfinished ? unfinished : undefined);
      };
      return {
        ...base,
        ...(isLow ? { grid: { ...(base["grid"] as object), bottom: 8 } } : {}),
        legend: { ...(base["legend"] as object), ...(isLow ? { show: false } : {}), type: "scroll", data: lines.filter(({ role }) => role !== "raw").map(({ name }) => name), pageIconColor: colors.inkQuiet, pageIconInactiveColor: colors.line, pageTextStyle: { color: colors.inkQuiet } },
        tooltip: { ...(base["tooltip"] as object), confine: true, formatter: tell },
        xAxis: { type: "category", boundaryGap: kind === "bars", data: points, ...axis(colors), splitLine: { show: false }, axisLabel: { ...axis(colors).axisLabel, hideOverlap: true } },
        yAxis: { type: "value", splitNumber: marksIn(height), ...(isWhole ? { minInterval: 1 } : {}), ...axis(colors), axisLabel: { ...axis(colors).axisLabel, formatter: (shown: number) => tick(shown) } },
        series: lines.flatMap((line): object[] =>
          kind === "bars" ? [barOf(line, lines.length, colorOf(line), unfinished ? last : -1, colors)] : lineOf(line, lines.length, kind, colorOf(line), unfinished !== null && last > 0 ? last : -1, colors),
        ),
      };
    },
    [lines, points, kind, unfinished, unfinishedFrom, height, value, tick],
  );
  return <Chart label={label} option={option} {...(height ? { height } : {})} />;
}

const focus = (count: number) => ({ focus: count > 1 ? "series" : "none" });

function barOf(line: TrendLine, count: number, color: string, unfinishedAt: number, colors: ChartColors): object {
  const growing = (value: number | null) => ({ value, itemStyle: { opacity: 0.75, decal: { ...HATCH, color: colors.ground } } });
  return {
    type: "bar", name: line.name, barMaxWidth: 48, ...(line.role ? {} : { stack: "all" }), emphasis: focus(count), itemStyle: { color, opacity: line.role ? 0.45 : 1, borderRadius: count === 1 ? [4, 4, 0, 0] : 0 },
    data: line.values.map((value, index) => (unfinishedAt >= 0 && index >= unfinishedAt ? growing(value) : value)),
  };
}

/** A line, and its last stretch dashed where that point still grows. The palette's second round is dotted. */
function lineOf(line: TrendLine, count: number, kind: "line" | "area", color: string, unfinishedAt: number, colors: ChartColors): object[] {
  const type = line.role === "former" ? [5, 4] : line.hue >= colors.palette.length ? "dotted" : "solid";
  const made = {
    type: "line", name: line.name, symbol: "circle", symbolSize: 6, showSymbol: line.values.length === 1, emphasis: focus(count), itemStyle: { color },
    lineStyle: { width: line.role ? 1.5 : 2, type, opacity: line.role === "raw" ? 0.35 : 1 },
  };
  if (kind === "area") return [{ ...made, ...(line.role ? {} : { stack: "all", areaStyle: { opacity: 0.28 } }), data: line.values }];
  const area = count === 1 ? { areaStyle: { opacity: 0.08 } } : {};
  if (unfinishedAt < 0) return [{ ...made, ...area, data: line.values }];
  return [
    { ...made, ...area, data: line.values.map((value, index) => (index >= unfinishedAt ? null : value)) },
    { ...made, lineStyle: { ...made.lineStyle, type: [4, 4] }, data: line.values.map((value, index) => (index >= unfinishedAt - 1 ? value : null)) },
  ];
}
