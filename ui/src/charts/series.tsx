import type { EChartsCoreOption } from "echarts/core";
import { useCallback } from "react";
import { useFormat } from "../i18n";
import { durationAxis } from "./durationTicks";
import { Chart, type ChartColors } from "./Chart";

export interface Series {
  name: string;
  values: readonly (number | null)[];
  /** Place in the palette; its own place in the list when left out. */
  hue?: number;
  /** Dashed and grey: what the others are compared with. */
  isGhost?: boolean;
}

interface SeriesProps {
  /** What the chart shows, in a sentence. */
  label: string;
  series: readonly Series[];
  height?: number;
  /** How a value is written; whole numbers when left out. */
  value?: (value: number) => string;
}

export const axis = (colors: ChartColors) => ({
  axisLine: { show: false },
  axisTick: { show: false },
  axisLabel: { color: colors.inkQuiet, fontSize: 12, margin: 12 },
  splitLine: { lineStyle: { color: colors.line } },
});

/** Marks of an axis that a height keeps apart. */
export const marksIn = (height = 240): number => Math.max(1, Math.min(5, Math.floor(height / 48)));

export const frame = (colors: ChartColors, count: number, write: (value: number) => string): EChartsCoreOption => ({
  grid: { left: 8, right: 8, top: 16, bottom: count > 1 ? 40 : 8, containLabel: true },
  legend: { show: count > 1, bottom: 0, icon: "roundRect", itemWidth: 8, itemHeight: 8, textStyle: { color: colors.inkQuiet } },
  tooltip: {
    trigger: "axis",
    backgroundColor: colors.ground,
    borderColor: colors.line,
    padding: [8, 12],
    textStyle: { color: colors.ink, fontSize: 13 },
    valueFormatter: (value: unknown) => (typeof value === "number" ? write(value) : "–"),
  },
});

/** Values over time. `days` are the instants of the points (RFC 3339), one per value. */
export function TimeSeries({ days, series, label, height, value }: SeriesProps & { days: readonly string[] }) {
  const format = useFormat();
  const option = useCallback(
    (colors: ChartColors): EChartsCoreOption => ({
      ...frame(colors, series.length, value ?? format.integer),
      xAxis: { type: "category", boundaryGap: false, data: days.map((day) => format.date(day, "day")), ...axis(colors), splitLine: { show: false } },
      yAxis: { type: "value", ...axis(colors), axisLabel: { ...axis(colors).axisLabel, formatter: value ?? format.compact } },
      series: series.map((line, index) => ({
        type: "line",
        name: line.name,
        data: line.values,
        smooth: 0.3,
        symbol: "none",
        emphasis: { focus: "series" },
        lineStyle: { width: 2, type: line.isGhost ? "dashed" : "solid" },
        areaStyle: series.length === 1 ? { opacity: 0.08 } : undefined,
        itemStyle: { color: line.isGhost ? colors.inkQuiet : colors.palette[(line.hue ?? index) % colors.palette.length] },
      })),
    }),
    [days, series, value, format],
  );
  return <Chart label={label} option={option} {...(height ? { height } : {})} />;
}

/** Values side by side, one bar per category and series. */
export function Bars({ categories, series, label, height, value, isOfTime = false }: SeriesProps & { categories: readonly string[]; isOfTime?: boolean }) {
  const format = useFormat();
  const option = useCallback(
    (colors: ChartColors): EChartsCoreOption => ({
      ...frame(colors, series.length, value ?? format.integer),
      xAxis: { type: "category", data: categories, ...axis(colors), splitLine: { show: false } },
      yAxis: { type: "value", splitNumber: marksIn(height), ...(isOfTime ? durationAxis(Math.max(0, ...series.flatMap(({ values }) => values.map((one) => one ?? 0)))) : {}), ...axis(colors), axisLabel: { ...axis(colors).axisLabel, formatter: value ?? format.compact } },
      series: series.map((bar, index) => ({
        type: "bar",
        name: bar.name,
        data: bar.values,
        barMaxWidth: 40,
        itemStyle: { borderRadius: [4, 4, 0, 0], color: bar.isGhost ? colors.line : colors.palette[(bar.hue ?? index) % colors.palette.length] },
      })),
    }),
    [categories, series, height, value, format, isOfTime],
  );
  return <Chart label={label} option={option} {...(height ? { height } : {})} />;
}
