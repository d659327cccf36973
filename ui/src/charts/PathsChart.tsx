import type { EChartsCoreOption } from "echarts/core";
import { useCallback } from "react";
import { groupBy } from "../groupBy";
import { Chart, type ChartColors, type Chosen } from "./Chart";
import { tooltip } from "./tooltip";

export interface PathsNode {
  id: string;
  label: string;
  step: number;
  sessions: number;
  /** Below its name, where there is room. */
  shown: string;
  /** Place in the palette; null for what stands for several steps. */
  hue: number | null;
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
  /** Of the place it is drawn in, so that every step has as much room for its name. */
  width: number;
}

const NODE_WIDTH = 12;
const NODE_GAP = 14;
const EDGE = 8;
const LABEL_GAP = 12;
/** A step so high has room for its name and its number. */
const TWO_LINES_MIN = 36;

/** How many steps of one place can be told apart in a height. */
export const stepsIn = (height: number): number => Math.max(3, Math.floor((height - 2 * EDGE) / (NODE_GAP + 8)));

/** ECharts has its own meaning of `label`. */
const titleOf = (data: unknown) => (data as { title?: string }).title ?? "";

/** How high one session is drawn: the fullest place fills the height. */
function scaleOf(nodes: readonly PathsNode[], height: number): number {
  const places = [...groupBy(nodes, ({ step }) => step).values()];
  const room = (place: readonly PathsNode[]) => (height - 2 * EDGE - (place.length - 1) * NODE_GAP) / Math.max(1, place.reduce((sum, { sessions }) => sum + sessions, 0));
  return Math.min(...places.map(room));
}

/** Steps and the ways between them, as wide as those who went there. Every place has the same room for its names. */
export function PathsChart({ label, nodes, links, onChoose, height, width }: Props) {
  const option = useCallback(
    (colors: ChartColors): EChartsCoreOption => {
      const first = Math.min(...nodes.map(({ step }) => step));
      const places = Math.max(...nodes.map(({ step }) => step)) - first + 1;
      const names = new Map(nodes.map((node) => [node.id, node.label]));
      const colorOf = (hue: number | null) => (hue === null ? colors.ghost : (colors.palette[hue % colors.palette.length] ?? colors.ghost));
      const pitch = width / places;
      const scale = scaleOf(nodes, height);
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
          // The last place keeps the same room to the right of its steps as the others have before the next.
          type: "sankey", left: 0, right: Math.max(pitch - NODE_WIDTH, 0), top: EDGE, bottom: EDGE, nodeWidth: NODE_WIDTH, nodeGap: NODE_GAP, draggable: false, layoutIterations: 32, nodeAlign: "left", emphasis: { focus: "adjacency" }, blur: { label: { opacity: 0.5 } },
          lineStyle: { color: "source", opacity: 0.26, curveness: 0.5 }, cursor: onChoose ? "pointer" : "default",
          label: {
            position: "right", distance: 6, color: colors.ink, textBorderColor: colors.ground, textBorderWidth: 2, fontSize: 12, lineHeight: 15, width: Math.max(pitch - NODE_WIDTH - LABEL_GAP, 24), overflow: "truncate",
            formatter: ({ data }: { data: unknown }) => (data as { lines: string }).lines,
          },
          data: nodes.map((node) => ({
            id: node.id, facts: node.facts, title: node.label, name: node.id, depth: node.step - first, value: node.sessions, itemStyle: { color: colorOf(node.hue), borderWidth: 0, borderRadius: 3 },
            lines: node.sessions * scale >= TWO_LINES_MIN ? `${node.label}\n${node.shown}` : node.label,
          })),
          links: links.map((link) => ({ ...link, value: link.sessions })),
        }],
      };
    },
    [nodes, links, onChoose, height, width],
  );
  const choose = useCallback(
    ({ dataType, data, x, y }: Chosen) => {
      const node = dataType === "node" ? nodes.find(({ id }) => id === (data as { id?: string }).id) : undefined;
      // What stands for several steps is none that could be asked about.
      if (node && node.hue !== null) onChoose?.(node, x, y);
    },
    [nodes, onChoose],
  );
  return <Chart label={label} height={height} option={option} onChoose={onChoose ? choose : undefined} />;
}
