/** What changed between two periods, in words that decide something. Nothing here knows of languages. */
import type { FunnelAnswer, FunnelStepAnswer } from "../api/types";
import type { Schema } from "../api/types";

export type ShareChange = Schema<"ShareChange">;

/** A difference that chance alone makes less often than this is told as clear. */
export const CHANCE_MAX = 0.05;

/** `none` where nobody was there to compare. */
export type Verdict = "up" | "down" | "chance" | "same" | "none";

/** Of what a step's share is told: of the step before, or of the first. */
export type Base = "previous" | "first";

export interface StepChange {
  step: number;
  before: number;
  now: number;
  /** Null where nobody was there to compare. */
  change: ShareChange | null;
  verdict: Verdict;
}

/** Wilson's interval of nobody is all there is. */
const isOfNobody = (step: FunnelStepAnswer) => step.ci_low <= 0 && step.ci_high >= 1;

export function verdictOf(change: ShareChange): Exclude<Verdict, "none"> {
  if (change.p_value === null) return "same";
  if (change.p_value >= CHANCE_MAX) return change.diff === 0 ? "same" : "chance";
  return change.diff > 0 ? "up" : "down";
}

/** The changes of every step but the first. Empty where the answer is not held against another period. */
export function stepChanges(answer: FunnelAnswer, compared: FunnelAnswer | undefined, base: Base): StepChange[] {
  if (compared?.steps.length !== answer.steps.length) return [];
  const hasBegun = (answer.counts[0] ?? 0) > 0 && (compared.counts[0] ?? 0) > 0;
  return answer.steps.flatMap((step, index): StepChange[] => {
    const former = compared.steps[index];
    const change = base === "previous" ? step.change : step.change_from_first;
    if (index === 0 || !former || !change) return [];
    const share = (of: FunnelStepAnswer) => (base === "previous" ? of.conversion_from_prev : of.conversion_from_first);
    const isKnown = hasBegun && (base === "first" || !(isOfNobody(step) || isOfNobody(former)));
    return [{ step: index, before: share(former), now: share(step), change: isKnown ? change : null, verdict: isKnown ? verdictOf(change) : "none" }];
  });
}

/** The largest change that any of the intervals reaches, so that all are drawn to one scale. */
export function reachOf(changes: readonly StepChange[]): number {
  return Math.max(0, ...changes.flatMap(({ change }) => (change ? [Math.abs(change.ci_low), Math.abs(change.ci_high)] : [])));
}
