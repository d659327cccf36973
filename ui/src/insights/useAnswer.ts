import { useQuery } from "@tanstack/react-query";
import { comparedDays, resolveDays, spanOf, type Days } from "../period";
import { answerQuery, type Answer } from "./api";
import type { Asks, InsightState, Kind } from "./ask";
import { questionOf, type Question } from "./question";

/** A period compared with says something where it can be laid beside the other. */
const COMPARABLE: readonly Kind[] = ["funnel", "trend"];
export const canCompare = (kind: Kind): boolean => COMPARABLE.includes(kind);

export interface Asked {
  question: Question | null;
  compared: Question | null;
  days: Days;
  comparedDays: Days | undefined;
}

/** What a state asks on a day, and of which period it is compared with. */
export function askedOf(state: InsightState, ask: Asks[Kind], today: string, zone: string): Asked {
  const days = resolveDays(state, today);
  const otherDays = state.compare && canCompare(state.kind) ? comparedDays(days, state.compare) : undefined;
  return {
    question: questionOf(state, ask, days, spanOf(days, zone), zone),
    compared: otherDays ? questionOf(state, ask, otherDays, spanOf(otherDays, zone), zone) : null,
    days,
    comparedDays: otherDays,
  };
}

/** Stands for a question while there is none: it is never sent. */
const NOTHING = { insight: "paths" } as const;

export interface Answered {
  answer: Answer | undefined;
  compared: Answer | undefined;
  error: unknown;
  isFetching: boolean;
  isStale: boolean;
  refetch: () => void;
}

export function useAnswer({ question, compared }: Pick<Asked, "question" | "compared">): Answered {
  const own = useQuery({ ...answerQuery(question?.query ?? NOTHING), enabled: question !== null });
  const other = useQuery({ ...answerQuery(compared?.query ?? NOTHING), enabled: compared !== null });
  return {
    answer: question ? own.data : undefined,
    compared: compared ? other.data : undefined,
    error: question ? own.error : null,
    isFetching: own.isFetching,
    isStale: own.isPlaceholderData,
    refetch: () => void own.refetch(),
  };
}
