import { useId } from "@mantine/hooks";
import { stageColor } from "../charts/palette";
import { stageHue } from "../funnels/document";
import { useMap } from "./context";
import { flowsOf, type Flow } from "./flows";
import classes from "./nodes.module.css";

/** The colour of going on: how it stands to the target, else the hues of the two stages. */
const VERDICT_COLORS = { met: "var(--accent)", missed: "var(--leak)", unclear: "var(--ghost)" } as const;

/** The streams between the cards, below them. */
export function Flows() {
  const id = useId();
  const { model, layout } = useMap();
  const flows = useFlows();
  const hue = (index: number) => stageColor(stageHue(model.stages[index], index));
  const numbers = model.numbers?.stages ?? [];
  const verdictColor = (index: number) => {
    const verdict = numbers[index]?.next?.verdict;
    return verdict ? VERDICT_COLORS[verdict] : null;
  };
  const fill = (flow: Flow): string => {
    if (flow.kind === "content") return "var(--line-strong)";
    if (flow.kind === "channel") return `url(#${id}-channel)`;
    if (flow.kind === "loss") return `url(#${id}-${model.numbers?.worst === flow.index ? "leak" : "quiet"})`;
    return `url(#${id}-on-${flow.index})`;
  };
  return (
    <svg aria-hidden className={classes["flows"]} width={layout.width} height={layout.height} viewBox={`0 0 ${layout.width} ${layout.height}`}>
      <defs>
        <linearGradient id={`${id}-channel`} x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="var(--ghost)" stopOpacity="0.16" />
          <stop offset="1" stopColor={hue(0)} stopOpacity="0.5" />
        </linearGradient>
        {numbers.map((_, index) => (
          <linearGradient key={index} id={`${id}-on-${index}`} x1="0" y1="0" x2="0" y2="1">
            <stop offset="0" stopColor={hue(index)} stopOpacity="0.5" />
            <stop offset="1" stopColor={verdictColor(index) ?? hue(index + 1)} stopOpacity={verdictColor(index) ? 0.85 : 0.5} />
          </linearGradient>
        ))}
        {(["leak", "quiet"] as const).map((kind) => (
          <linearGradient key={kind} id={`${id}-${kind}`} x1="0" y1="0" x2="1" y2="0">
            <stop offset="0" stopColor={kind === "leak" ? "var(--leak)" : "var(--ghost)"} stopOpacity={kind === "leak" ? 0.55 : 0.34} />
            <stop offset="1" stopColor={kind === "leak" ? "var(--leak)" : "var(--ghost)"} stopOpacity="0.06" />
          </linearGradient>
        ))}
      </defs>
      {flows.map((flow) => (
        <g key={flow.id}>
          <path d={flow.path} fill={fill(flow)} />
          {flow.tip && <path d={`M${flow.tip.x - 5} ${flow.tip.y - 8}L${flow.tip.x + 5} ${flow.tip.y - 8}L${flow.tip.x} ${flow.tip.y}Z`} fill={verdictColor(flow.index) ?? hue(flow.index + 1)} />}
        </g>
      ))}
    </svg>
  );
}

function useFlows(): Flow[] {
  const { layout, model: { numbers } } = useMap();
  if (!numbers) return [];
  const own = numbers.channels.slice(0, layout.channelsShown).map(({ count }) => count);
  const rest = numbers.channels.slice(layout.channelsShown).reduce((sum, { count }) => sum + count, 0);
  return flowsOf(layout, {
    channels: numbers.channels.length > layout.channelsShown ? [...own, rest] : own,
    stages: numbers.stages.map(({ count }) => count),
    losses: numbers.stages.slice(0, -1).map(({ loss }) => loss?.count ?? 0),
  });
}
