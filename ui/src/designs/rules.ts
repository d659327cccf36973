import type { Schema } from "../api/types";

export type Condition = Schema<"Condition">;

export const TESTS = ["is", "is_not", "one_of", "none_of", "contains", "at_least", "at_most", "above", "below", "known"] as const;
export type Test = (typeof TESTS)[number];

/** One line of a rule: a field and what it must be, or an event that must have happened. */
export type Line = { field: string; test: Test; value: unknown } | { did: string; within: string | undefined; times: number };

export interface Lines {
  mode: "all" | "any";
  lines: Line[];
}

type Written = Record<string, unknown>;

function lineOf(written: Written): Line | null {
  const { field, did, ...rest } = written;
  const names = Object.keys(rest);
  if (typeof field === "string") {
    const [test] = names;
    return names.length === 1 && (TESTS as readonly string[]).includes(test ?? "") ? { field, test: test as Test, value: rest[test as string] } : null;
  }
  if (typeof did === "string" && names.every((name) => name === "within" || name === "times")) return { did, within: rest["within"] as string | undefined, times: (rest["times"] as number | undefined) ?? 1 };
  return null;
}

/** A rule as lines, when it is as plain as that: null where conditions lie deeper. */
export function linesOf(rule: Condition | undefined): Lines | null {
  if (rule === undefined) return { mode: "all", lines: [] };
  const written = rule as unknown as Written;
  const mode = Array.isArray(written["any"]) ? "any" : "all";
  const parts = (Array.isArray(written[mode]) ? written[mode] : [written]) as Written[];
  const lines = parts.map(lineOf);
  return lines.every((line) => line !== null) ? { mode, lines } : null;
}

function written(line: Line): Written {
  if ("did" in line) return { did: line.did, ...(line.within ? { within: line.within } : {}), ...(line.times > 1 ? { times: line.times } : {}) };
  return { field: line.field, [line.test]: line.value };
}

/** Lines as a rule; none at all when there are no lines. */
export function ruleOf({ mode, lines }: Lines): Condition | undefined {
  const [first] = lines;
  if (!first) return undefined;
  return lines.length === 1 ? written(first) : { [mode]: lines.map(written) };
}

/** The value of a test in its own shape: a list, a truth, or one value. */
export function valueFor(test: Test, value: unknown): unknown {
  if (test === "known") return value === true || value === undefined || value === "";
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  if (test === "one_of" || test === "none_of") return list;
  const [first] = list;
  if (test !== "contains") return first ?? "";
  return typeof first === "string" || typeof first === "number" ? String(first) : "";
}
