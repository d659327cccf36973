import { createContext, useContext } from "react";
import { ApiProblem } from "../../api/client";
import { placeOf, type Question } from "../question";

/** What the server refused, by the builder's field. */
export type Problems = ReadonlyMap<string, string>;

export const ProblemsContext = createContext<Problems>(new Map());

export function problemsOf(error: unknown, question: Question | null): Problems {
  if (!(error instanceof ApiProblem) || !question) return new Map();
  return new Map(error.fields.map(({ field, detail }) => [placeOf(field, question), detail]));
}

/** The refusal of a field or of a part of it; null while there is none. */
export function useProblem(field: string): string | null {
  const problems = useContext(ProblemsContext);
  const exact = problems.get(field);
  if (exact) return exact;
  for (const [of, detail] of problems) if (of.startsWith(`${field}.`)) return detail;
  return null;
}
