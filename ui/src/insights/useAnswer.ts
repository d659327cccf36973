import { useQuery } from "@tanstack/react-query";
import { comparedDays, resolveDays, spanOf, type Days } from "../period";
import { answerQuery, type Answer } from "./api";
import type { Asks, InsightState, Kind } from "./ask";
import { questionOf, type Question } from "./question";

/** A period compared with says something where it can be laid beside the other. */
const COMPARABLE: readonly Kind[] = ["funnel", "trend", "retention"];
export const canCompare = (kind: Kind): boolean => COMPARABLE.includes(kind);

export interface Asked {
  /** With the period that it is held against. */
  question: Question | null;
  /** The same about the other period alone: whose people stand behind its numbers. */
  former: Question | null;
  days: Days;
  comparedDays: Days | undefined;
}

/** What a state asks on a day, and of which period it is compared with. */
export function askedOf(state: InsightState, ask: Asks[Kind], today: string, zone: string): Asked {
  const days = resolveDays(state, today);
  const otherDays = state.compare && canCompare(state.kind) ? comparedDays(days, state.compare) : undefined;
  const other = otherDays && spanOf(otherDays, zone);
  return {
    question: questionOf(state, ask, days, spanOf(days, zone), zone, other),
    former: otherDays && other ? questionOf(state, ask, otherDays, other, zone) : null,
    days,
    comparedDays: otherDays,
  };
}

/** Stands for a question while there is none: it is never sent. */
const NOTHING = { insight: "paths" } as const;

export interface Answered {
  answer: Answer | undefined;
  error: unknown;
  isFetching: boolean;
  isStale: boolean;
  refetch: () => void;
}

export function useAnswer(question: Question | null): Answered {
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery({ ...answerQuery(question?.query ?? NOTHING), enabled: question !== null });
  return {
    answer: question ? data : undefined,
    error: question ? error : null,
    isFetching,
    isStale: isPlaceholderData,
    refetch: () => void refetch(),
  };
}
