import { readSpan } from "../designs/values";
import { emptyGroup, fromCondition, isComplete, isGroup, toCondition, type Condition, type Group, type Test } from "../records/filter";

/** How the parts of a group are joined: all, one at least, none, or not all of them. */
export const JOINS = ["all", "any", "none", "not_all"] as const;
export type Join = (typeof JOINS)[number];

export const COMPARISONS = ["at_least", "at_most", "above", "below"] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** What the log must say of somebody. */
export interface EventPart {
  kind: "event";
  isNot: boolean;
  event: string;
  where: [string, unknown][];
  /** Days of the calendar, or so long ago at most. */
  window: { kind: "ever" } | { kind: "in_last"; days: number | null } | { kind: "within"; span: string };
  before: string | null;
  which: "first" | "last" | null;
  times: number;
  sum: { of: string; comparison: Comparison; amount: number | null } | null;
}

export interface GroupPart {
  kind: "group";
  join: Join;
  parts: Part[];
}

/** A rule as the builder draws it. What it cannot draw is kept as it is written. */
export type Part =
  | GroupPart
  | { kind: "field"; test: Test }
  | EventPart
  | { kind: "deal"; isNot: boolean; group: Group }
  | { kind: "segment"; isNot: boolean; id: string }
  | { kind: "other"; rule: Condition };

type Written = Record<string, unknown>;

export const newEvent = (event = ""): EventPart => ({ kind: "event", isNot: false, event, where: [], window: { kind: "ever" }, before: null, which: null, times: 1, sum: null });
export const emptyRule = (): GroupPart => ({ kind: "group", join: "all", parts: [] });

/** A rule as a group of parts. */
export function fromRule(rule: Condition): GroupPart {
  const part = partOf(rule);
  return part.kind === "group" ? part : { kind: "group", join: "all", parts: [part] };
}

export function partOf(rule: Condition): Part {
  const written = rule as Written;
  const [head, ...others] = Object.keys(written);
  const isAlone = others.length === 0;
  if (isAlone && (head === "all" || head === "any")) {
    // Several tests of one field are as many lines.
    const parts = (written[head] as Condition[]).map(partOf).flatMap((part, index) => (head === "all" && isTests((written[head] as Condition[])[index]) && part.kind === "group" ? part.parts : [part]));
    return { kind: "group", join: head, parts };
  }
  if (isAlone && head === "not") return negated(rule, partOf(written["not"] as Condition));
  if (isAlone && head === "deal") {
    const inner = written["deal"] as Condition;
    const group = isNothing(inner) ? emptyGroup() : fromCondition(inner);
    return group ? { kind: "deal", isNot: false, group } : { kind: "other", rule };
  }
  if (isAlone && typeof written["segment"] === "string") return { kind: "segment", isNot: false, id: written["segment"] };
  if (typeof written["field"] === "string") return testsOf(rule);
  if (typeof written["did"] === "string") return eventOf(written) ?? { kind: "other", rule };
  return { kind: "other", rule };
}

const isTests = (rule: Condition | undefined): boolean => typeof (rule as Written | undefined)?.["field"] === "string";
const isNothing = (rule: Condition): boolean => Array.isArray((rule as Written)["all"]) && ((rule as Written)["all"] as unknown[]).length === 0;

function negated(rule: Condition, part: Part): Part {
  switch (part.kind) {
    case "event":
    case "deal":
    case "segment":
      return part.isNot ? { kind: "other", rule } : { ...part, isNot: true };
    case "field":
      return { kind: "group", join: "none", parts: [part] };
    case "group":
      return part.join === "any" ? { ...part, join: "none" } : part.join === "all" ? { ...part, join: "not_all" } : { kind: "other", rule };
    case "other":
      return { kind: "other", rule };
  }
}

function testsOf(rule: Condition): Part {
  const { field, ...tests } = rule as Written;
  const parts = Object.entries(tests).map(([name, value]) => {
    const one = fromCondition({ field, [name]: value } as Condition)?.parts[0];
    return one && !isGroup(one) ? ({ kind: "field", test: one } as const) : null;
  });
  if (parts.length === 0 || !parts.every((part) => part !== null)) return { kind: "other", rule };
  const [first] = parts;
  return parts.length === 1 && first ? first : { kind: "group", join: "all", parts };
}

const EVENT_WORDS = new Set(["did", "where", "within", "in_last", "before", "which", "times", "sum"]);

function eventOf(written: Written): EventPart | null {
  if (!Object.keys(written).every((name) => EVENT_WORDS.has(name))) return null;
  const { did, where, within, in_last, before, which, times, sum } = written;
  if ([within, in_last, before].some((span) => typeof span === "string" && !readSpan(span))) return null;
  const days = typeof in_last === "string" ? daysOf(in_last) : null;
  if (typeof in_last === "string" && days === null) return null;
  const asked = sum === undefined ? null : sumOf(sum as Written);
  if (sum !== undefined && !asked) return null;
  return {
    kind: "event",
    isNot: false,
    event: did as string,
    where: Object.entries((where ?? {}) as Written),
    window: days !== null ? { kind: "in_last", days } : typeof within === "string" ? { kind: "within", span: within } : { kind: "ever" },
    before: typeof before === "string" ? before : null,
    which: which === "first" || which === "last" ? which : null,
    times: typeof times === "number" ? times : 1,
    sum: asked,
  };
}

function daysOf(text: string): number | null {
  const span = readSpan(text);
  return span?.unit === "days" ? span.count : span?.unit === "weeks" ? span.count * 7 : null;
}

function sumOf({ of, ...tests }: Written): EventPart["sum"] {
  const [test, ...others] = Object.entries(tests).filter(([, amount]) => amount !== null && amount !== undefined);
  if (!test || others.length > 0 || typeof of !== "string" || typeof test[1] !== "number") return null;
  const comparison = COMPARISONS.find((one) => one === test[0]);
  return comparison ? { of, comparison, amount: test[1] } : null;
}

/** As the API takes it. What is not finished is left out, also of an event; nothing when that is all. */
export function toRule(part: Part): Condition | null {
  switch (part.kind) {
    case "group": {
      const parts = part.parts.flatMap((one) => toRule(one) ?? []);
      const [first] = parts;
      if (!first) return null;
      const isAlone = parts.length === 1;
      if (part.join === "all" || part.join === "any") return isAlone ? first : ({ [part.join]: parts });
      return { not: isAlone ? first : { [part.join === "none" ? "any" : "all"]: parts } };
    }
    case "field":
      return isComplete(part.test) ? (alone(toCondition({ join: "all", parts: [part.test] }))) : null;
    case "event":
      return part.event === "" ? null : not(part.isNot, writtenEvent(part));
    case "deal":
      return isFinished(part) ? not(part.isNot, { deal: toCondition(part.group) ?? { all: [] } }) : null;
    case "segment":
      return part.id ? not(part.isNot, { segment: part.id }) : null;
    case "other":
      return part.rule;
  }
}

const not = (isNot: boolean, rule: Condition): Condition => (isNot ? { not: rule } : rule);
const alone = (rule: Condition | null): Condition | null => ((rule as { all?: Condition[] } | null)?.all?.[0]) ?? rule;

function writtenEvent({ event, where: all, window, before, which, times, sum }: EventPart): Condition {
  const where = all.filter(isWhere);
  return {
    did: event,
    ...(where.length > 0 ? { where: Object.fromEntries(where) } : {}),
    ...(window.kind === "in_last" && window.days ? { in_last: window.days === 1 ? "1 day" : `${window.days} days` } : window.kind === "within" && window.span ? { within: window.span } : {}),
    ...(before ? { before } : {}),
    ...(which ? { which } : {}),
    ...(times > 1 && !which ? { times } : {}),
    ...(sum && isSum(sum) ? { sum: { of: sum.of, [sum.comparison]: sum.amount } } : {}),
  };
}

/** One value of a property as it is read; a list of them is several. */
export const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

const isWritten = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : value !== "" && value !== null && value !== undefined);

const isWhere = ([name, value]: [string, unknown]): boolean => name !== "" && isWritten(value);
const isSum = ({ of, amount }: NonNullable<EventPart["sum"]>): boolean => of !== "" && amount !== null;

/** Whether enough was written for a part to be asked. */
export function isFinished(part: Part): boolean {
  switch (part.kind) {
    case "group":
      return part.parts.length > 0 && part.parts.every(isFinished);
    case "field":
      return isComplete(part.test);
    case "event":
      return part.event !== "" && part.where.every(isWhere) && !(part.window.kind === "in_last" && !part.window.days) && !(part.window.kind === "within" && !part.window.span)
        && part.before !== "" && (!part.sum || isSum(part.sum));
    case "deal":
      return isGroupFinished(part.group);
    case "segment":
      return part.id !== "";
    case "other":
      return true;
  }
}

const isGroupFinished = (group: Group): boolean => group.parts.every((part) => (isGroup(part) ? part.parts.length > 0 && isGroupFinished(part) : isComplete(part)));

/** The names of the contact's fields that a rule asks of. */
export function fieldsIn(part: Part): string[] {
  if (part.kind === "group") return part.parts.flatMap(fieldsIn);
  return part.kind === "field" ? [part.test.field] : part.kind === "deal" ? testsIn(part.group) : [];
}

const testsIn = (group: Group): string[] => group.parts.flatMap((part) => (isGroup(part) ? testsIn(part) : [part.field]));
