import type { EChartsCoreOption } from "echarts/core";
import { useCallback } from "react";
import { useFormat } from "../i18n";
import { Chart, type ChartColors } from "./Chart";
import { durationAxis } from "./durationTicks";
import { axis, frame } from "./series";
import { tooltip, type TooltipRow } from "./tooltip";

export interface SurvivalPoint {
  /** Seconds since the beginning. */
  s: number;
  share: number;
  low: number;
  high: number;
}

interface Props {
  label: string;
  points: readonly SurvivalPoint[];
  /** The same in another period, dashed. */
  former?: readonly Pick<SurvivalPoint, "s" | "share">[] | undefined;
  /** What is told of a point. */
  tell: (point: SurvivalPoint) => { title: string; rows: TooltipRow[] };
  height: number;
}

/** A share that grows in steps with time, and the band in which it likely lies. */
export function SurvivalChart({ label, points, former, tell, height }: Props) {
  const format = useFormat();
  const option = useCallback(
    (colors: ChartColors): EChartsCoreOption => {
      const base = frame(colors, 1, format.percent);
      const longest = Math.max(points.at(-1)?.s ?? 1, former?.at(-1)?.s ?? 0);
      const color = colors.palette[1];
      const band = { type: "line", step: "end", symbol: "none", stack: "band", silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false } };
      return {
        ...base,
        grid: { left: 8, right: 24, top: 16, bottom: 8, containLabel: true },
        tooltip: {
          ...(base["tooltip"] as object), confine: true,
          formatter: (params: unknown) => {
            // The lines have points of their own: the one told of is the first, the lower end of the band.
            const { dataIndex = -1 } = (params as { dataIndex?: number; seriesIndex?: number }[]).find(({ seriesIndex }) => seriesIndex === 0) ?? {};
            const point = points[dataIndex];
            if (!point) return "";
            const { title, rows } = tell(point);
            return tooltip(title, rows);
          },
        },
        xAxis: { type: "value", min: 0, ...durationAxis(longest), max: longest, ...axis(colors), splitLine: { show: false }, axisLabel: { ...axis(colors).axisLabel, hideOverlap: true, showMaxLabel: false, formatter: (seconds: number) => format.duration(seconds) } },
        yAxis: { type: "value", min: 0, ...axis(colors), axisLabel: { ...axis(colors).axisLabel, formatter: (share: number) => format.percent(share) } },
        series: [
          { ...band, data: points.map(({ s, low }) => [s, low]) },
          { ...band, data: points.map(({ s, low, high }) => [s, high - low]), areaStyle: { color, opacity: 0.14 } },
          ...(former ? [{ type: "line", step: "end", symbol: "none", silent: true, tooltip: { show: false }, lineStyle: { width: 1.5, type: [5, 4], color: colors.ghost }, itemStyle: { color: colors.ghost }, data: former.map(({ s, share }) => [s, share]) }] : []),
          { type: "line", step: "end", symbol: "none", lineStyle: { width: 2, color }, itemStyle: { color }, data: points.map(({ s, share }) => [s, share]) },
        ],
      };
    },
    [points, former, tell, format],
  );
  return <Chart label={label} height={height} option={option} />;
}
