import { textFor, type Localized } from "../localized";
import type { Field, FieldKind } from "./api";

export type { FieldEntity } from "./api";

/** What a list can be filtered by: built-in fields have kinds of their own; a fact may hold anything. */
export type ListKind = FieldKind | "tags" | "company" | "channel" | "segment" | "fact";

/** A field of a list. */
export interface ListField {
  /** As filters, orders and files name it: `email`, `fields.size`. */
  name: string;
  label: string;
  kind: ListKind;
  choices?: { value: string; label: string }[];
}

/** The company's own fields that are in use, in the reader's language. */
export const customFields = (fields: readonly Field[], language: string): ListField[] =>
  fields.filter(({ is_archived }) => !is_archived).map((field) => ({
    name: `fields.${field.key}`,
    label: textFor(field.label, language) || field.key,
    kind: field.kind,
    ...(field.choices ? { choices: choicesOf(field, language) } : {}),
  }));

export const choicesOf = (field: { choices?: { value: string; label: Localized }[] }, language: string) =>
  (field.choices ?? []).map(({ value, label }) => ({ value, label: textFor(label, language) || value }));

/** A key made from a label: lower case letters, digits and `_`. */
export function keyOf(label: string): string {
  const plain = label.toLowerCase().replaceAll("ø", "o").replaceAll("æ", "ae").replaceAll("ß", "ss").normalize("NFD").replace(/\p{M}/gu, "");
  return plain.replace(/[^a-z0-9]+/g, "_").replace(/^[_0-9]+|_+$/g, "").slice(0, 60);
}
