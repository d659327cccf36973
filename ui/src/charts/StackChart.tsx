import type { EChartsCoreOption } from "echarts/core";
import { useCallback } from "react";
import { Chart, type ChartColors } from "./Chart";
import { axis, frame, marksIn } from "./series";
import { tooltip } from "./tooltip";

export interface Stack {
  name: string;
  values: readonly number[];
  color: (colors: ChartColors) => string;
  /** Drawn below the line of zero. */
  isBelow?: boolean;
}

interface Props {
  label: string;
  stacks: readonly Stack[];
  points: readonly string[];
  /** Said of the last point while it still grows. */
  unfinished?: string | null;
  height?: number;
  value: (value: number) => string;
  tick: (value: number) => string;
  /** What a point is called in full, where its place has no room for it. */
  title?: (index: number) => string;
}

/** Bars upon each other; what leaves hangs below zero. */
export function StackChart({ label, stacks, points, unfinished = null, height, value, tick, title }: Props) {
  const option = useCallback(
    (colors: ChartColors): EChartsCoreOption => {
      const base = frame(colors, stacks.length, value);
      const last = points.length - 1;
      return {
        ...base,
        tooltip: {
          ...(base["tooltip"] as object), confine: true, axisPointer: { type: "shadow", shadowStyle: { color: colors.line, opacity: 0.4 } },
          formatter: (params: unknown) => {
            const [{ dataIndex = 0 } = {}] = params as { dataIndex?: number }[];
            const rows = stacks.map((stack) => ({ color: stack.color(colors), name: stack.name, value: value(stack.values[dataIndex] ?? 0) }));
            return tooltip(title?.(dataIndex) ?? points[dataIndex] ?? "", rows, dataIndex === last && unfinished ? unfinished : undefined);
          },
        },
        xAxis: { type: "category", data: points, ...axis(colors), splitLine: { show: false }, axisLabel: { ...axis(colors).axisLabel, hideOverlap: true } },
        yAxis: { type: "value", minInterval: 1, splitNumber: marksIn(height), ...axis(colors), axisLabel: { ...axis(colors).axisLabel, formatter: (shown: number) => tick(Math.abs(shown)) } },
        series: stacks.map((stack) => ({
          type: "bar", name: stack.name, stack: "all", barMaxWidth: 48, barCategoryGap: "24%", itemStyle: { color: stack.color(colors), borderRadius: stacks.length === 1 ? [3, 3, 0, 0] : 0 },
          data: stack.values.map((one, index) => ({ value: stack.isBelow ? -one : one, ...(index === last && unfinished ? { itemStyle: { opacity: 0.6 } } : {}) })),
        })),
      };
    },
    [stacks, points, unfinished, height, value, tick, title],
  );
  return <Chart label={label} option={option} {...(height ? { height } : {})} />;
}
