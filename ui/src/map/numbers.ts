import type { FunnelAnswer } from "../api/types";
import { eventOf, type FunnelDocument, type StageDocument } from "../funnels/document";
import { peopleOver, readPeople, readRate, readTime, seconds } from "./targets";

/** How a measure stands to its target; "unclear" where so few people may as well be chance. */
export type Verdict = "met" | "missed" | "unclear";

/** Going on from a stage to the next. */
export interface Step {
  /** Share of its people, 0 to 1. */
  rate: number;
  count: number;
  medianS: number | null;
  target: number | null;
  verdict: Verdict | null;
  withinS: number | null;
  withinVerdict: Verdict | null;
}

/** Who came to a stage and did not go on. */
export interface Loss {
  count: number;
  share: number;
  /** What they would have brought, had they been like everybody at the stage; minor units. Null where no sale was measured. */
  worth: number | null;
  /** What reaching the target would bring; minor units. Null without a target, or where it is reached. */
  gain: number | null;
}

export interface StageNumbers {
  count: number;
  shareOfFirst: number;
  /** People hoped for in these days. */
  hoped: number | null;
  hopedVerdict: Verdict | null;
  /** What somebody at the stage brings on average from here on; minor units. */
  value: number | null;
  /** Null at the last stage. */
  next: Step | null;
  loss: Loss | null;
}

export interface ChannelNumbers {
  id: string;
  count: number;
  /** Those of them who reached the last stage that wins. */
  won: number;
}

export interface MapNumbers {
  stages: StageNumbers[];
  channels: ChannelNumbers[];
  /** All that was sold to these people; minor units. Null where no sale was measured. */
  revenue: number | null;
  /** The stage after which the most worth is lost; the most people where no worth is known. */
  worst: number | null;
}

export interface Measured {
  answer: FunnelAnswer;
  document: FunnelDocument;
  /** Days of the period. */
  days: number;
  /** Minor units in a whole one of the funnel's currency; null when sales are in other currencies, too. */
  minorPerUnit: number | null;
}

const SALE = "Order Completed";

/** Whether entering the stage is a sale: as the document marks it, else a completed order. */
export const isSale = (stage: StageDocument): boolean => stage.deal === "wins" || eventOf(stage.enters_on) === SALE;

/** What is to be read off the map, from the funnel's answer and what its document hopes for. */
export function numbersOf(measured: Measured): MapNumbers {
  const { answer, document } = measured;
  const sold = soldAt(measured);
  const stages = document.stages.map((stage, index) => stageNumbers(stage, index, measured, sold));
  const channels = Object.entries(answer.breakdown ?? {}).map(([id, counts]) => ({ id, count: counts[0] ?? 0, won: counts[winningIndex(document)] ?? 0 }));
  return {
    stages,
    channels: channels.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count || a.id.localeCompare(b.id)),
    revenue: sold && sold.reduce((sum, value) => sum + value, 0),
    worst: worstOf(stages),
  };
}

/** The first stage that is a sale, else the last. */
export function winningIndex(document: FunnelDocument): number {
  const first = document.stages.findIndex(isSale);
  return first >= 0 ? first : document.stages.length - 1;
}

/** What was sold on entering each stage, minor units. Null when nothing was measured, or in several currencies. */
function soldAt({ answer, document, minorPerUnit }: Measured): number[] | null {
  if (minorPerUnit === null) return null;
  const sold = document.stages.map((stage, index) => (isSale(stage) ? Math.round((answer.steps[index]?.value_sum ?? 0) * minorPerUnit) : 0));
  return sold.some((value) => value > 0) ? sold : null;
}

function stageNumbers(stage: StageDocument, index: number, { answer, days }: Measured, sold: readonly number[] | null): StageNumbers {
  const [step, next] = [answer.steps[index], answer.steps[index + 1]];
  const count = step?.count ?? 0;
  /** What is sold from a stage on, by the people who are at it. */
  const valueFrom = (from: number, people: number) => (sold && people > 0 ? sold.slice(from).reduce((sum, value) => sum + value, 0) / people : null);
  const value = valueFrom(index + 1, count);
  const people = readPeople(stage.target?.people);
  const hoped = people && peopleOver(people, days);
  const target = readRate(stage.target?.converts);
  const within = readTime(stage.target?.within);
  const withinS = within && seconds(within);
  const base = {
    count,
    shareOfFirst: step?.conversion_from_first ?? 0,
    hoped,
    hopedVerdict: hoped === null ? null : count >= hoped ? ("met" as const) : ("missed" as const),
    value,
  };
  if (!next) return { ...base, next: null, loss: null };
  const rate = next.conversion_from_prev;
  const isBelow = target !== null && rate < target;
  const verdict = target === null || count === 0 ? null : !isBelow ? "met" : next.ci_high < target ? "missed" : "unclear";
  const valueThere = valueFrom(index + 1, next.count);
  return {
    ...base,
    next: {
      rate, count: next.count, medianS: next.median_s, target, verdict, withinS,
      withinVerdict: withinS === null || next.median_s === null ? null : next.median_s <= withinS ? "met" : "missed",
    },
    loss: {
      count: next.dropped,
      share: count > 0 ? next.dropped / count : 0,
      worth: value === null ? null : Math.round(next.dropped * value),
      gain: isBelow && valueThere !== null && count > 0 ? Math.round(count * (target - rate) * valueThere) : null,
    },
  };
}

function worstOf(stages: readonly StageNumbers[]): number | null {
  const knowsWorth = stages.some(({ loss }) => (loss?.worth ?? 0) > 0);
  let worst: number | null = null;
  let most = 0;
  stages.forEach(({ loss }, index) => {
    const size = (knowsWorth ? loss?.worth : loss?.count) ?? 0;
    if (size > most) [worst, most] = [index, size];
  });
  return worst;
}

/** Minor units in a whole one: 100 øre, 1 yen. */
export function minorPerUnit(currency: string): number {
  const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  return 10 ** digits;
}
