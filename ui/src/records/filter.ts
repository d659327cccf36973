import type { Schema } from "../api/types";
import type { ListField, ListKind } from "./fields";

export type Condition = Schema<"Condition">;

/** What one test asks, in the words of the API; `unknown` is `known: false`. */
export type Operator = "is" | "is_not" | "one_of" | "none_of" | "contains" | "at_least" | "at_most" | "above" | "below" | "known" | "unknown";

export interface Test {
  field: string;
  operator: Operator;
  value: unknown;
}

/** A list of tests that all hold, or of which one does; a part may be a group of its own. */
export interface Group {
  join: "all" | "any";
  parts: (Test | Group)[];
}

export const isGroup = (part: Test | Group): part is Group => "join" in part;
export const emptyGroup = (): Group => ({ join: "all", parts: [] });

const TEXT: readonly Operator[] = ["contains", "is", "is_not", "known", "unknown"];
const ORDERED: readonly Operator[] = ["is", "at_least", "at_most", "above", "below", "known", "unknown"];
const CHOSEN: readonly Operator[] = ["one_of", "none_of", "known", "unknown"];

/** What can be asked of a kind of field; the first is what a new test asks. */
export function operatorsOf(kind: ListKind): readonly Operator[] {
  switch (kind) {
    case "whole_number":
    case "number":
    case "money":
      return ORDERED;
    case "date":
    case "date_time":
      return ["at_least", "at_most", "is", "known", "unknown"];
    case "yes_no":
      return ["is", "known", "unknown"];
    case "choice":
    case "choices":
    case "user":
    case "channel":
    case "tags":
      return CHOSEN;
    case "company":
      return ["known", "unknown"];
    case "segment":
      return ["is", "is_not"];
    case "fact":
      return ["is", "is_not", "one_of", "none_of", "contains", "at_least", "at_most", "above", "below", "known", "unknown"];
    default:
      return TEXT;
  }
}

export const needsValue = (operator: Operator): boolean => operator !== "known" && operator !== "unknown";
export const takesMany = (operator: Operator): boolean => operator === "one_of" || operator === "none_of";

/** A value that a new test begins with. */
export const firstValue = (operator: Operator, kind: ListKind): unknown => (!needsValue(operator) ? undefined : takesMany(operator) ? [] : kind === "yes_no" ? true : "");

/** Whether enough was written for the test to be asked. */
export const isComplete = ({ operator, value }: Test): boolean => !needsValue(operator) || (Array.isArray(value) ? value.length > 0 : value !== "" && value !== null && value !== undefined);

/** What a test of a segment names as its field; conditions have a word of their own for it. */
export const SEGMENT = "segment";

/** As the API takes it; unfinished tests and empty groups are left out. Nothing is no filter. */
export function toCondition(group: Group): Condition | null {
  const parts = group.parts.flatMap((part) => {
    if (isGroup(part)) return toCondition(part) ?? [];
    if (!isComplete(part)) return [];
    const { field, operator, value } = part;
    if (field === SEGMENT) return operator === "is_not" ? { not: { segment: String(value) } } : { segment: String(value) };
    return (needsValue(operator) ? { field, [operator]: value } : { field, known: operator === "known" });
  });
  return parts.length === 0 ? null : ({ [group.join]: parts });
}

const OPERATORS: readonly Operator[] = ["is", "is_not", "one_of", "none_of", "contains", "at_least", "at_most", "above", "below"];

/** From the API; null when it says what this builder cannot show, such as `not`. */
export function fromCondition(condition: Condition | null | undefined): Group | null {
  if (!condition) return emptyGroup();
  const written = condition as Record<string, unknown>;
  const join = Array.isArray(written["all"]) ? "all" : Array.isArray(written["any"]) ? "any" : null;
  if (join) {
    const parts = (written[join] as Condition[]).map(partOf);
    return parts.every((part) => part !== null) ? { join, parts } : null;
  }
  const one = partOf(condition);
  return one ? { join: "all", parts: [one] } : null;
}

function partOf(condition: Condition): Test | Group | null {
  const written = condition as Record<string, unknown>;
  const inside = segmentOf(written["segment"], "is") ?? segmentOf((written["not"] as Record<string, unknown> | null | undefined)?.["segment"], "is_not");
  if (inside) return inside;
  if (typeof written["field"] !== "string") return "all" in written || "any" in written ? fromCondition(condition) : null;
  const field = written["field"];
  if (typeof written["known"] === "boolean") return { field, operator: written["known"] ? "known" : "unknown", value: undefined };
  const asked = OPERATORS.filter((operator) => operator in written);
  const [operator] = asked;
  return operator && asked.length === 1 ? { field, operator, value: written[operator] } : null;
}

const segmentOf = (id: unknown, operator: Operator): Test | null => (typeof id === "string" ? { field: SEGMENT, operator, value: id } : null);

/** From the address of a list; what is no filter is none. */
export function parseFilter(text: string | undefined): Condition | null {
  if (!text) return null;
  try {
    return JSON.parse(text) as Condition;
  } catch {
    return null;
  }
}

/** How many tests there are, those inside groups too. */
export const countTests = (group: Group): number => group.parts.reduce((sum, part) => sum + (isGroup(part) ? countTests(part) : isComplete(part) ? 1 : 0), 0);

export const fieldOf = (fields: readonly ListField[], name: string): ListField | undefined => fields.find((field) => field.name === name);
