import type { EChartsCoreOption } from "echarts/core";
import { useCallback } from "react";
import { useFormat } from "../i18n";
import { Chart, type ChartColors } from "./Chart";
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
  /** What is told of a point. */
  tell: (point: SurvivalPoint) => { title: string; rows: TooltipRow[] };
  height: number;
}

/** A share that grows in steps with time, and the band in which it likely lies. */
export function SurvivalChart({ label, points, tell, height }: Props) {
  const format = useFormat();
  const option = useCallback(
    (colors: ChartColors): EChartsCoreOption => {
      const base = frame(colors, 1, format.percent);
      const color = colors.palette[1];
      const band = { type: "line", step: "end", symbol: "none", stack: "band", silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false } };
      return {
        ...base,
        grid: { left: 8, right: 24, top: 16, bottom: 8, containLabel: true },
        tooltip: {
          ...(base["tooltip"] as object), confine: true,
          formatter: (params: unknown) => {
            const [{ dataIndex = 0 } = {}] = params as { dataIndex?: number }[];
            const point = points[dataIndex];
            if (!point) return "";
            const { title, rows } = tell(point);
            return tooltip(title, rows);
          },
        },
        xAxis: { type: "value", min: 0, max: points.at(-1)?.s ?? 1, ...axis(colors), splitLine: { show: false }, axisLabel: { ...axis(colors).axisLabel, hideOverlap: true, formatter: (seconds: number) => format.duration(seconds) } },
        yAxis: { type: "value", min: 0, ...axis(colors), axisLabel: { ...axis(colors).axisLabel, formatter: (share: number) => format.percent(share) } },
        series: [
          { ...band, data: points.map(({ s, low }) => [s, low]) },
          { ...band, data: points.map(({ s, low, high }) => [s, high - low]), areaStyle: { color, opacity: 0.14 } },
          { type: "line", step: "end", symbol: "none", lineStyle: { width: 2, color }, itemStyle: { color }, data: points.map(({ s, share }) => [s, share]) },
        ],
      };
    },
    [points, tell, format],
  );
  return <Chart label={label} height={height} option={option} />;
}
