import type { Schema } from "../../api/types";
import type { ContactChange } from "../../contacts/api";
import { eventOf, occurrenceOf, type FunnelDocument } from "../../funnels/document";
import type { Localized } from "../../localized";
import type { Deal, DealPatch } from "../api";

export type GateReason = Schema<"GateReasonTold">;
type Reason = GateReason["reason"];
export type FieldReason = Extract<Reason, { kind: "field_missing" | "field_wrong" }>;
export type InputKind = Schema<"GateValueKind"> | "choice" | "owner" | "discount";

/** What was written, by the full name of the field. */
export type Written = Readonly<Record<string, unknown>>;

export const isField = (reason: Reason): reason is FieldReason => reason.kind === "field_missing" || reason.kind === "field_wrong";

/** How a field is asked for: as its rule says, else as what is known to be kept under its name. */
export function inputOf(reason: FieldReason): InputKind {
  if (reason.field === "deal.owner") return "owner";
  if (reason.field === "deal.discount") return "discount";
  if (choicesOf(reason).length > 0) return "choice";
  if (reason.field === "deal.value") return "money";
  if (reason.kind === "field_missing") return reason.value_kind ?? wellKnown(reason.field);
  switch (reason.fault.kind) {
    case "kind":
      return reason.fault.value_kind;
    case "below_min":
    case "above_max":
      return "number";
    case "past":
      return "future_date";
    default:
      return wellKnown(reason.field);
  }
}

const wellKnown = (field: string): InputKind => (field === "contact.email" ? "email" : field === "contact.phone" ? "phone" : "text");

/** The values that it may have; empty for all. */
export function choicesOf(reason: FieldReason): readonly unknown[] {
  if (reason.kind === "field_missing") return reason.one_of;
  return reason.fault.kind === "not_a_choice" ? reason.fault.one_of : [];
}

/** Whether the field is one that can be written here: of the deal or of its contact. */
export const isWritable = (field: string): boolean => /^(deal|contact)\./.test(field) || field === "company.name";

const CONTACT_FIELDS = ["email", "phone", "first_name", "last_name", "company", "locale"] as const;
/** What the program keeps itself and nobody fills in. */
const FIXED = ["deal.currency", "deal.channel", "contact.channel", "contact.tags"];

/** What is written as changes of the deal and of its contact; null where nothing changes. */
export function changesOf(written: Written, deal: Pick<Deal, "value">): { deal: DealPatch | null; contact: ContactChange | null } {
  const ofDeal: Record<string, unknown> = {};
  const ofContact: Record<string, unknown> = {};
  const fields: Record<string, unknown> = {};
  const traits: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(written)) {
    if (isEmpty(value) || FIXED.includes(field)) continue;
    const [owner, name] = [field.slice(0, field.indexOf(".")), field.slice(field.indexOf(".") + 1)];
    if (field === "company.name") ofContact["company"] = value;
    else if (field === "deal.value") ofDeal["value"] = { ...deal.value, minor: value };
    else if (field === "deal.owner") ofDeal["owner_id"] = value;
    else if (field === "deal.title" || field === "deal.discount") ofDeal[name] = value;
    else if (owner === "deal") fields[name] = value;
    else if (owner === "contact" && (CONTACT_FIELDS as readonly string[]).includes(name)) ofContact[name] = value;
    else if (owner === "contact") traits[name] = value;
  }
  if (Object.keys(fields).length > 0) ofDeal["fields"] = fields;
  if (Object.keys(traits).length > 0) ofContact["traits"] = traits;
  return { deal: Object.keys(ofDeal).length > 0 ? ofDeal : null, contact: Object.keys(ofContact).length > 0 ? ofContact : null };
}

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === false || (typeof value === "string" && value.trim() === "");

/** What the gates of a funnel call a field that they ask for; nothing where none says. */
export function askedLabel(document: FunnelDocument | undefined, field: string): Localized | undefined {
  const rules = (document?.stages ?? []).flatMap(({ gate }) => gate?.requires ?? []);
  const found = rules.find((rule) => typeof rule === "object" && rule.field === field && rule.label);
  return typeof found === "object" ? found.label : undefined;
}

/** What the program keeps of a deal under a name of its own. */
const KEPT = new Set(["value", "currency", "discount", "title", "owner", "channel"]);

/** The keys of fields of deals that gates ask for, each once. */
export function askedOfDeals(documents: readonly FunnelDocument[]): string[] {
  const rules = documents.flatMap(({ stages }) => stages.flatMap(({ gate }) => gate?.requires ?? []));
  const names = rules.map((rule) => (typeof rule === "object" ? rule.field : rule)).filter((name) => name.startsWith("deal."));
  return [...new Set(names.map((name) => name.slice("deal.".length)))].filter((key) => !KEPT.has(key));
}

/** The stage that won deals stand in, as the server finds it. */
export function winningStage(document: FunnelDocument): string | undefined {
  const { stages } = document;
  const marked = stages.find(({ deal }) => deal === "wins");
  const sold = stages.find(({ enters_on }) => eventOf(enters_on) === "Order Completed" && occurrenceOf(enters_on) <= 1);
  return (marked ?? sold ?? stages.at(-1))?.id;
}
