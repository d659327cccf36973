import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Rows, useWriting } from "../fields";

type Where = Record<string, unknown>;

/** A value as it is written in a field, and back: numbers and truths are themselves, several stand apart by commas. */
export const asText = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(asText).join(", ");
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
};

const one = (text: string): unknown => {
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && !Number.isNaN(Number(text)) && String(Number(text)) === text ? Number(text) : text;
};

export function fromText(text: string): unknown {
  const parts = text.split(",").map((part) => part.trim()).filter(Boolean);
  return parts.length > 1 ? parts.map(one) : one(text.trim());
}

/** What the properties of an event must be. */
export function ConditionsFields({ label, value, onChange }: { label: string; value: Where | undefined; onChange: (next: Where) => void }) {
  const { t } = useTranslation("designs");
  const { isFixed } = useWriting();
  const entries = Object.entries(value ?? {});
  return (
    <Rows label={label} items={entries} most={10} onChange={(next) => onChange(Object.fromEntries(next))} make={() => [entries.some(([name]) => name === "page") ? "property" : "page", ""] as [string, unknown]}
      add={t("where.add")} remove={(number) => t("where.remove", { number })}>
      {([name, wanted], change) => (
        <>
          <TextInput aria-label={t("where.property")} placeholder={t("where.property")} style={{ flex: "1 1 120px" }} value={name} readOnly={isFixed} spellCheck={false} onChange={(event) => change([event.currentTarget.value, wanted])} />
          <TextInput aria-label={t("where.value")} placeholder={t("where.valueHint")} style={{ flex: "2 1 160px" }} value={asText(wanted)} readOnly={isFixed} spellCheck={false} onChange={(event) => change([name, event.currentTarget.value.includes(",") ? event.currentTarget.value.split(",").map((part) => part.trimStart()) : fromText(event.currentTarget.value)])} />
        </>
      )}
    </Rows>
  );
}
