import { Skeleton, useComputedColorScheme } from "@mantine/core";
import { useElementSize, useReducedMotion } from "@mantine/hooks";
import type { EChartsCoreOption } from "echarts/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { EChartsType } from "./echarts";
import { resolvedPalette, resolvedToken } from "./palette";

export interface ChartColors {
  palette: string[];
  ink: string;
  inkQuiet: string;
  line: string;
  ground: string;
  leak: string;
  ghost: string;
}

interface Props {
  /** What the chart shows, in a sentence, for those who do not see it. */
  label: string;
  height?: number;
  /** Builds the option from the colours of the current scheme; keep it stable between renders. */
  option: (colors: ChartColors) => EChartsCoreOption;
  /** Something drawn was chosen. What the keyboard reaches belongs beside the chart. */
  onChoose?: ((chosen: Chosen) => void) | undefined;
}

/** What was chosen: of which series, the how manieth, and the data that the option gave it. */
export interface Chosen {
  seriesIndex: number;
  dataIndex: number;
  dataType?: "node" | "edge";
  data: unknown;
  /** Where, from the chart's left and top. */
  x: number;
  y: number;
}

/** One ECharts chart: loaded when first needed, in our colours, resized with its place, still when asked to be. */
export function Chart({ label, height = 240, option, onChoose }: Props) {
  const { t } = useTranslation();
  const scheme = useComputedColorScheme();
  const isStill = useReducedMotion();
  const { ref, width } = useElementSize();
  const host = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<EChartsType | null>(null);

  useEffect(() => {
    let made: EChartsType | undefined;
    let isGone = false;
    void import("./echarts").then(({ init }) => {
      if (isGone || !host.current) return;
      made = init(host.current, null, { renderer: "svg" });
      setChart(made);
    });
    return () => {
      isGone = true;
      made?.dispose();
      setChart(null);
    };
  }, []);

  useEffect(() => {
    if (!chart) return;
    const colors = {
      palette: resolvedPalette(),
      ink: resolvedToken("--ink"),
      inkQuiet: resolvedToken("--ink-quiet"),
      line: resolvedToken("--line"),
      ground: resolvedToken("--ground"),
      leak: resolvedToken("--leak"),
      ghost: resolvedToken("--ghost"),
    };
    chart.setOption(
      {
        color: colors.palette,
        animation: !isStill,
        animationDuration: 500,
        aria: { enabled: true, label: { description: label } },
        textStyle: { fontFamily: "Inter Variable, system-ui, sans-serif", color: colors.inkQuiet },
        ...option(colors),
      },
      { notMerge: true },
    );
  }, [chart, option, scheme, isStill, label]);

  useEffect(() => chart?.resize(), [chart, width, height]);

  useEffect(() => {
    if (!chart || !onChoose) return;
    const listen = (event: unknown) => {
      const { seriesIndex, dataIndex, dataType, data, event: at } = event as Omit<Chosen, "x" | "y"> & { event: { offsetX: number; offsetY: number } };
      onChoose({ seriesIndex, dataIndex, data, x: at.offsetX, y: at.offsetY, ...(dataType ? { dataType } : {}) });
    };
    chart.on("click", listen);
    return () => {
      if (!chart.isDisposed()) chart.off("click", listen);
    };
  }, [chart, onChoose]);

  return (
    <div ref={ref} style={{ height, position: "relative" }}>
      {!chart && <Skeleton height={height} radius="lg" role="status" aria-label={t("chart.loading")} />}
      <div ref={host} role="img" aria-label={label} style={{ position: "absolute", inset: 0 }} />
    </div>
  );
}
