import type { ColumnRule, Mapping, Target, TargetName } from "./api";

const OF_BOTH: readonly TargetName[] = ["email", "phone", "first_name", "last_name", "full_name", "company", "locale", "trait"];
const OF_EVENTS: readonly TargetName[] = ["event", "time", "person", "property", "properties", "message_id", "call_type", "property_else"];
const OF_CONTACTS: readonly TargetName[] = ["person", "tags", "consent", "opt_out", "consent_at", "consent_from", "created_at", "owner", "company_ids", "note"];
const OF_COMPANIES: readonly TargetName[] = ["company", "record_id", "domain", "organisation_number", "phone", "address", "owner", "tags", "trait"];
const OF_DEALS: readonly TargetName[] = ["deal_title", "stage", "pipeline", "contact_ids", "email", "record_id", "amount", "currency", "owner", "created_at", "closed_at", "reason", "trait"];

const OF_KIND: Record<Mapping["kind"], readonly TargetName[]> = { events: [...OF_EVENTS, ...OF_BOTH], contacts: [...OF_BOTH, ...OF_CONTACTS], companies: OF_COMPANIES, deals: OF_DEALS };

/** The meanings that a column of such a file may have; the present one is always among them. */
export function targetsFor(kind: Mapping["kind"], present: TargetName): TargetName[] {
  const all: TargetName[] = ["skip", ...OF_KIND[kind]];
  return all.includes(present) ? all : [...all, present];
}

/** The rule of a column with another meaning; what both meanings share stays as it was. */
export function withTarget(rule: ColumnRule, to: TargetName): ColumnRule {
  const { column } = rule;
  switch (to) {
    case "time":
    case "created_at":
    case "consent_at":
    case "closed_at":
      return { column, to, format: "format" in rule ? rule.format : "year_first" };
    case "property":
    case "trait":
      return { column, to, name: "name" in rule ? rule.name : column, value: "value" in rule ? rule.value : "text" };
    case "amount":
      return { column, to, value: "value" in rule ? rule.value : "number" };
    case "property_else":
      return { column, to, name: "name" in rule ? rule.name : column };
    case "person":
      return { column, to, namespace: "namespace" in rule ? rule.namespace : "user" };
    default:
      // Every other target is told by its name alone: too many of them for the compiler to see.
      return { column, to } as ColumnRule;
  }
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
