import type { FieldEntity } from "../records/fields";
import type { ColumnRule, Mapping, SuggestedField, Target, TargetName } from "./api";

const OF_BOTH: readonly TargetName[] = ["email", "phone", "first_name", "last_name", "full_name", "company", "locale", "trait"];
const OF_EVENTS: readonly TargetName[] = ["event", "time", "person", "property", "properties", "message_id", "call_type", "property_else"];
const OF_CONTACTS: readonly TargetName[] = ["person", "tags", "consent", "opt_out", "consent_at", "consent_from", "created_at", "owner", "company_ids", "note", "field", "field_currency"];
const OF_COMPANIES: readonly TargetName[] = ["company", "record_id", "domain", "organisation_number", "phone", "address", "owner", "tags", "field", "field_currency"];
const OF_DEALS: readonly TargetName[] = ["deal_title", "stage", "status", "pipeline", "contact_ids", "email", "record_id", "amount", "currency", "discount", "owner", "created_at", "closed_at", "reason", "field", "field_currency"];

const OF_KIND: Record<Mapping["kind"], readonly TargetName[]> = { events: [...OF_EVENTS, ...OF_BOTH], contacts: [...OF_BOTH, ...OF_CONTACTS], companies: OF_COMPANIES, deals: OF_DEALS };

/** The meanings that a column of such a file may have; the present one is always among them. */
export function targetsFor(kind: Mapping["kind"], present: TargetName): TargetName[] {
  const all: TargetName[] = ["skip", ...OF_KIND[kind]];
  return all.includes(present) ? all : [...all, present];
}

/** Whose own fields the rows of a kind may fill; events have none. */
export const ENTITIES: Record<Mapping["kind"], FieldEntity | null> = { events: null, contacts: "contact", companies: "company", deals: "deal" };

export type FieldRule = Extract<ColumnRule, { to: "field" }>;

/** The rule of a column that becomes a field which is made when the import starts. */
export function asNewField({ column }: ColumnRule, { key, label, kind, choices, value, format }: SuggestedField): FieldRule {
  return { column, to: "field", key, value, format, make: { label, kind, choices } };
}

/** The rule of a column that fills a field which is there. */
export function asField(rule: ColumnRule, key: string, suggested: SuggestedField | undefined): FieldRule {
  const written = rule.to === "field" ? rule : suggested;
  return { column: rule.column, to: "field", key, value: written?.value ?? "text", format: written?.format ?? "year_first" };
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
    case "field":
      return { column, to, key: "", value: "value" in rule ? rule.value : "text", format: "format" in rule ? rule.format : "year_first" };
    case "field_currency":
      return { column, to, key: "" };
    case "amount":
    case "discount":
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

/** The mapping with what a stage of the file means. */
export const withStage = (mapping: Mapping, name: string, stage: string): Mapping => ({ ...mapping, stage_names: { ...mapping.stage_names, [name]: stage } });

/** The mapping with one event name for all rows; an empty one is left out. */
export function withEventName(mapping: Mapping, name: string): Mapping {
  const next = { ...mapping };
  delete next.event_name;
  return name.trim() === "" ? next : { ...next, event_name: name };
}
