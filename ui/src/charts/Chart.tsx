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
}

interface Props {
  /** What the chart shows, in a sentence, for those who do not see it. */
  label: string;
  height?: number;
  /** Builds the option from the colours of the current scheme; keep it stable between renders. */
  option: (colors: ChartColors) => EChartsCoreOption;
}

/** One ECharts chart: loaded when first needed, in our colours, resized with its place, still when asked to be. */
export function Chart({ label, height = 240, option }: Props) {
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

  useEffect(() => chart?.resize(), [chart, width]);

  return (
    <div ref={ref} style={{ height, position: "relative" }}>
      {!chart && <Skeleton height={height} radius="lg" aria-label={t("chart.loading")} />}
      <div ref={host} role="img" aria-label={label} style={{ position: "absolute", inset: 0 }} />
    </div>
  );
}
