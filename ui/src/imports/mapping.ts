import type { ColumnRule, Mapping, Target, TargetName } from "./api";

const OF_BOTH: readonly TargetName[] = ["email", "phone", "first_name", "last_name", "full_name", "company", "locale", "trait"];
const OF_EVENTS: readonly TargetName[] = ["event", "time", "person", "property", "properties", "message_id", "call_type", "property_else"];
const OF_CONTACTS: readonly TargetName[] = ["person", "tags", "consent", "opt_out", "consent_at", "created_at"];
const WITH_TIME: readonly TargetName[] = ["time", "created_at", "consent_at"];
const WITH_NAME: readonly TargetName[] = ["property", "property_else", "trait"];
const WITH_VALUE: readonly TargetName[] = ["property", "trait"];

/** The meanings that a column of such a file may have; the present one is always among them. */
export function targetsFor(kind: Mapping["kind"], present: TargetName): TargetName[] {
  const own = kind === "events" ? [...OF_EVENTS, ...OF_BOTH] : [...OF_BOTH, ...OF_CONTACTS];
  const all: TargetName[] = ["skip", ...own];
  return all.includes(present) ? all : [...all, present];
}

/** The rule of a column with another meaning; what both meanings share stays as it was. */
export function withTarget(rule: ColumnRule, to: TargetName): ColumnRule {
  return {
    column: rule.column,
    to,
    ...(WITH_TIME.includes(to) ? { format: rule.format ?? "year_first" } : {}),
    ...(WITH_NAME.includes(to) ? { name: rule.name ?? rule.column } : {}),
    ...(WITH_VALUE.includes(to) ? { value: rule.value ?? "text" } : {}),
    ...(to === "person" ? { namespace: rule.namespace ?? "user" } : {}),
  };
}

/** The mapping with one column's rule replaced, or added. */
export function withRule(mapping: Mapping, rule: ColumnRule): Mapping {
  const isThere = mapping.columns.some(({ column }) => column === rule.column);
  return { ...mapping, columns: isThere ? mapping.columns.map((known) => (known.column === rule.column ? rule : known)) : [...mapping.columns, rule] };
}

export const ruleOf = (mapping: Mapping, column: string): ColumnRule =>
  mapping.columns.find((rule) => rule.column === column) ?? { column, ...(mapping.others === "skip" ? { to: "skip" } : ({ to: mapping.kind === "events" ? "property" : "trait", name: column, value: "text" } satisfies Target)) };

/** The mapping with one event name for all rows; an empty one is left out. */
export function withEventName(mapping: Mapping, name: string): Mapping {
  const next = { ...mapping };
  delete next.event_name;
  return name.trim() === "" ? next : { ...next, event_name: name };
}
