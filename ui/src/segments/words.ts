import type { TFunction } from "i18next";
import { readSpan } from "../designs/values";
import type { ListField } from "../records/fields";
import { isGroup, needsValue, type Condition, type Group, type Operator, type Test } from "../records/filter";
import { partOf, textOf, type EventPart, type GroupPart, type Part } from "./rule";

/** How names and values inside a rule are written for its reader. */
export interface Words {
  t: TFunction<"segments">;
  operator: (operator: Operator) => string;
  eventName: (event: string) => string;
  propertyName: (property: string) => string;
  field: (name: string) => ListField;
  value: (field: ListField, value: unknown) => string;
  segment: (id: string) => string;
  number: (value: number) => string;
}

/** A rule as a person says it. */
export function ruleInWords(rule: Condition, words: Words): string {
  const said = say(partOf(rule), words);
  return said.charAt(0).toLocaleUpperCase() + said.slice(1);
}

/** One part of a rule, as it stands inside of a sentence. */
export function say(part: Part, words: Words, isInside = false): string {
  const { t } = words;
  switch (part.kind) {
    case "group":
      return sayGroup(part, words, isInside);
    case "field":
      return sayTest(part.test, words);
    case "event":
      return sayEvent(part, words);
    case "deal": {
      const what = sayTests(part.group, words);
      if (!what) return t(part.isNot ? "words.noDealAtAll" : "words.anyDeal");
      return t(part.isNot ? "words.noDeal" : "words.deal", { what });
    }
    case "segment":
      return t(part.isNot ? "words.notIn" : "words.in", { name: words.segment(part.id) });
    case "other":
      return t("words.other");
  }
}

function sayGroup({ join, parts }: GroupPart, words: Words, isInside: boolean): string {
  const { t } = words;
  const said = parts.map((part) => say(part, words, parts.length > 1 || join === "none" || join === "not_all"));
  const joined = said.join(t(join === "all" || join === "not_all" ? "words.and" : "words.or"));
  if (join === "none" || join === "not_all") {
    const whole = t(join === "none" ? "words.none" : "words.notAll", { parts: joined });
    return isInside ? `(${whole})` : whole;
  }
  return isInside && said.length > 1 ? `(${joined})` : joined;
}

/** A label inside of a sentence; an abbreviation stays one. */
const inside = (label: string): string => (/^\p{Lu}\p{Lu}/u.test(label) ? label : label.charAt(0).toLocaleLowerCase() + label.slice(1));

function sayTest({ field: name, operator: asked, value }: Test, words: Words): string {
  const field = words.field(name);
  // One of a single value is that value.
  const isOne = Array.isArray(value) && value.length === 1;
  const operator = isOne && asked === "one_of" ? "is" : isOne && asked === "none_of" ? "is_not" : asked;
  return [inside(field.label), words.operator(operator), needsValue(operator) ? words.value(field, value) : ""].filter(Boolean).join(" ");
}

function sayTests({ join, parts }: Group, words: Words, isInside = false): string {
  const said = parts.map((part) => (isGroup(part) ? sayTests(part, words, parts.length > 1) : sayTest(part, words)));
  const joined = said.join(words.t(join === "all" ? "words.and" : "words.or"));
  return isInside && said.length > 1 ? `(${joined})` : joined;
}

function sayEvent(part: EventPart, words: Words): string {
  const { t } = words;
  // Any text may be an event's name, so the keys are not the typed ones and have no structure.
  const deed = t(`words.deeds.${part.event}` as "words.deeds.Page Viewed", { defaultValue: "" });
  const what = deed || t("words.something", { event: words.eventName(part.event) });
  return [t(part.isNot ? "words.didNot" : "words.did", { what }), ...details(part, words)].join(" ");
}

function details({ where, times, which, sum, window, before }: EventPart, words: Words): string[] {
  const { t } = words;
  const said: string[] = [];
  if (sum?.amount != null) {
    const amount = t(`words.amounts.${sum.comparison}`, { amount: words.number(sum.amount) });
    said.push(sum.of === "value" ? t("words.sumValue", { amount }) : t("words.sumOf", { property: words.propertyName(sum.of), amount }));
  }
  said.push(...where.map(([name, value]) => t("words.where", { property: words.propertyName(name), value: (Array.isArray(value) ? value : [value]).map(textOf).join(t("words.or")) })));
  if (times > 1) said.push(t("words.times", { count: times }));
  if (which) said.push(t(`words.${which}`));
  if (window.kind === "in_last" && window.days) said.push(t("words.inLast", { count: window.days }));
  const within = window.kind === "within" ? readSpan(window.span) : null;
  if (within) said.push(t(`words.within.${within.unit}`, { count: within.count }));
  const ago = readSpan(before ?? undefined);
  if (ago) said.push(t(`words.before.${ago.unit}`, { count: ago.count }));
  return said;
}
