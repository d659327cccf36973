import type { EChartsCoreOption } from "echarts/core";
import { useCallback } from "react";
import { Chart, type ChartColors, type Chosen } from "./Chart";
import { tooltip } from "./tooltip";

export interface PathsNode {
  id: string;
  label: string;
  step: number;
  sessions: number;
  /** Place in the palette. */
  hue: number;
  /** Lines told of it. */
  facts: readonly (readonly [string, string])[];
}

export interface PathsLink {
  source: string;
  target: string;
  sessions: number;
  facts: readonly (readonly [string, string])[];
}

interface Props {
  label: string;
  nodes: readonly PathsNode[];
  links: readonly PathsLink[];
  onChoose?: ((node: PathsNode, x: number, y: number) => void) | undefined;
  height: number;
}

const NODE_WIDTH = 12;
const LABEL_WIDTH = 116;

/** ECharts has its own meaning of `label`. */
const titleOf = (data: unknown) => (data as { title?: string }).title ?? "";

/** Steps and the ways between them, as wide as those who went there. */
export function PathsChart({ label, nodes, links, onChoose, height }: Props) {
  const option = useCallback(
    (colors: ChartColors): EChartsCoreOption => {
      const last = Math.max(...nodes.map(({ step }) => step));
      const first = Math.min(...nodes.map(({ step }) => step));
      const names = new Map(nodes.map((node) => [node.id, node.label]));
      const colorOf = (hue: number) => colors.palette[hue % colors.palette.length] ?? colors.ghost;
      return {
        // Its curtain of the first drawing stays half open when the place changes its size meanwhile.
        animation: false,
        tooltip: {
          trigger: "item", confine: true, backgroundColor: colors.ground, borderColor: colors.line, padding: [8, 12], textStyle: { color: colors.ink, fontSize: 13 },
          formatter: ({ dataType, data }: { dataType: string; data: unknown }) => {
            if (dataType === "edge") {
              const link = data as PathsLink;
              return tooltip(`${names.get(link.source) ?? ""} → ${names.get(link.target) ?? ""}`, link.facts.map(([name, value]) => ({ name, value })));
            }
            const node = data as PathsNode;
            return tooltip(titleOf(data), node.facts.map(([name, value]) => ({ name, value })));
          },
        },
        series: [{
          type: "sankey", left: 4, right: 4, top: 8, bottom: 8, nodeWidth: NODE_WIDTH, nodeGap: 14, draggable: false, layoutIterations: 32, nodeAlign: "left", emphasis: { focus: "adjacency" }, blur: { label: { opacity: 0.5 } },
          lineStyle: { color: "source", opacity: 0.26, curveness: 0.5 }, cursor: onChoose ? "pointer" : "default",
          // Of steps close together the larger one is named; the table names all.
          labelLayout: { hideOverlap: true },
          label: { color: colors.ink, fontSize: 12, width: LABEL_WIDTH, overflow: "truncate", formatter: ({ data }: { data: unknown }) => titleOf(data) },
          data: nodes.map((node) => ({
            id: node.id, facts: node.facts, title: node.label, name: node.id, depth: node.step - first, value: node.sessions, itemStyle: { color: colorOf(node.hue), borderWidth: 0, borderRadius: 3 },
            label: { position: node.step === last && last > first ? "left" : "right" },
          })),
          links: links.map((link) => ({ ...link, value: link.sessions })),
        }],
      };
    },
    [nodes, links, onChoose],
  );
  const choose = useCallback(
    ({ dataType, data, x, y }: Chosen) => {
      const node = dataType === "node" ? nodes.find(({ id }) => id === (data as { id?: string }).id) : undefined;
      if (node) onChoose?.(node, x, y);
    },
    [nodes, onChoose],
  );
  return <Chart label={label} height={height} option={option} onChoose={onChoose ? choose : undefined} />;
}
