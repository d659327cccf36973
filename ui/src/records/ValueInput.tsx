import { MultiSelect, NumberInput, Select, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import type { Money } from "../api/types";
import { MoneyInput } from "../components/MoneyInput";
import { usersQuery } from "../deals/api";
import type { ListField } from "./fields";

interface Props {
  field: ListField;
  value: unknown;
  /** Several of the choices, also where a record holds one. */
  isMany?: boolean;
  label?: string;
  description?: string;
  error?: React.ReactNode;
  disabled?: boolean;
  required?: boolean;
  autoFocus?: boolean;
  size?: string;
  onChange: (value: unknown) => void;
  onBlur?: () => void;
  onKeyDown?: (event: React.KeyboardEvent) => void;
}

/** A field to write a value of its kind in. */
export function ValueInput({ field, value, isMany, onChange, label, description, ...rest }: Props) {
  const { t } = useTranslation(["records", "common"]);
  const { data: users } = useQuery(usersQuery);
  const { data: session } = useQuery(sessionQuery);
  const text = typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
  const list = Array.isArray(value) ? value.map(String) : [];
  const common = { ...rest, ...(label ? { label } : { "aria-label": field.label }), ...(description ? { description } : {}) };
  const people = (users?.items ?? []).filter(({ is_active, id }) => is_active || id === value).map(({ id, name }) => ({ value: id, label: name }));
  const choices = field.kind === "user" ? people : (field.choices ?? []);
  const clear = { "aria-label": t("common:actions.clear") };
  // Whoever opens a value to choose another wants to see the choices, without a second click.
  const chosen = { ...common, clearable: !rest.required, clearButtonProps: clear, defaultDropdownOpened: rest.autoFocus ?? false };
  switch (field.kind) {
    case "tags":
      return <TagsInput {...common} value={list} onChange={onChange} />;
    case "choices":
    case "choice":
    case "user":
    case "channel":
    case "segment":
      return isMany || field.kind === "choices" ? (
        <MultiSelect {...common} searchable data={choices} value={list} onChange={onChange} clearButtonProps={clear} />
      ) : (
        <Select {...chosen} searchable={choices.length > 8} allowDeselect={!rest.required} data={choices} value={text || null} onChange={(next) => onChange(next)} />
      );
    case "yes_no":
      return <Select {...chosen} data={[{ value: "true", label: t("yes") }, { value: "false", label: t("no") }]} value={typeof value === "boolean" ? String(value) : null} onChange={(next) => onChange(next === null ? null : next === "true")} />;
    case "number":
    case "whole_number":
      return <NumberInput {...common} value={typeof value === "number" ? value : ""} allowDecimal={field.kind === "number"} hideControls inputMode="decimal" onChange={(next) => onChange(typeof next === "number" ? next : null)} />;
    case "money": {
      const amount = value && typeof value === "object" ? (value as Money) : { minor: 0, currency: session?.company?.currency ?? "EUR" };
      return <MoneyInput {...common} min={Number.MIN_SAFE_INTEGER} value={amount} onChange={onChange} />;
    }
    case "date":
      return <TextInput {...common} type="date" value={text} onChange={(event) => onChange(event.currentTarget.value || null)} />;
    case "date_time":
      return <TextInput {...common} type={isMany === undefined ? "datetime-local" : "date"} value={isMany === undefined ? localMoment(text) : text} onChange={(event) => onChange(isMany === undefined ? toMoment(event.currentTarget.value) : event.currentTarget.value || null)} />;
    case "long_text":
      return <Textarea {...common} autosize minRows={2} maxRows={12} value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
    default:
      if (isMany) return <TagsInput {...common} value={list} onChange={onChange} />;
      return <TextInput {...common} type={field.kind === "email" ? "email" : field.kind === "phone" ? "tel" : field.kind === "url" ? "url" : "text"} value={text} autoComplete="off" onChange={(event) => onChange(event.currentTarget.value)} />;
  }
}

/** A moment as the browser's own field takes it: in the zone of the reader. */
function localMoment(text: string): string {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) return "";
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const toMoment = (text: string): string | null => (text ? new Date(text).toISOString() : null);
