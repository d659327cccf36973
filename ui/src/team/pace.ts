import type { TargetPace } from "./api";

export type PaceState = "reached" | "ahead" | "behind" | "far";

/** Below this part of what is asked by now somebody is far behind. */
const FAR = 0.75;

/** How a pace is told in one word. */
export function paceState(pace: TargetPace): PaceState {
  if (pace.share >= 1) return "reached";
  if (pace.actual >= pace.expected) return "ahead";
  return pace.actual < pace.expected * FAR ? "far" : "behind";
}

/** How far the bar and its mark lie, 0 to 1. */
export function barOf(pace: TargetPace): { filled: number; mark: number } {
  const amount = pace.share > 0 ? pace.actual / pace.share : 0;
  return { filled: Math.min(1, Math.max(0, pace.share)), mark: amount > 0 ? Math.min(1, pace.expected / amount) : 0 };
}
