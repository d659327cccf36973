import { ActionIcon, Button, Group, NumberInput, Select, Stack, Text, Textarea, TextInput, Autocomplete, type ComboboxItem } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { createContext, useContext, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { eventName } from "../i18n";
import { ownText, textFor, withText, type Localized } from "../localized";
import { eventNamesQuery } from "../settings/api";
import classes from "./Designs.module.css";
import { PERIODS, readPeople, readRate, readSpan, replaced, TIME_UNITS, without, writePeople, writeRate, writeSpan, type Period, type TimeUnit } from "./values";

/** The language that is written in, the languages there are, and whether anything may be written. */
export interface Writing {
  language: string;
  languages: readonly string[];
  isFixed: boolean;
}

export const WritingContext = createContext<Writing>({ language: "en", languages: ["en"], isFixed: true });
export const useWriting = () => useContext(WritingContext);

const NAME_CHARS_MAX = 80;

interface TextProps {
  label: string;
  value: Localized | undefined;
  onChange: (next: Localized | undefined) => void;
  description?: string;
  isLong?: boolean;
  maxLength?: number;
}

/** A text in the language that is written in; the others show through as a hint. */
export function LocalizedField({ label, value, onChange, description, isLong = false, maxLength }: TextProps) {
  const { language, languages, isFixed } = useWriting();
  const own = ownText(value, language);
  const props = {
    label, description, value: own, readOnly: isFixed, lang: language,
    placeholder: own === "" ? textFor(value, language) : undefined,
    onChange: (event: { currentTarget: { value: string } }) => {
      const next = withText(value, language, event.currentTarget.value, languages);
      onChange(typeof next === "object" && Object.keys(next).length === 0 ? undefined : next);
    },
  };
  return isLong ? <Textarea autosize minRows={2} maxRows={8} {...props} /> : <TextInput maxLength={maxLength ?? NAME_CHARS_MAX} {...props} />;
}

interface RowsProps<T> {
  label: string;
  items: readonly T[] | undefined;
  onChange: (next: T[]) => void;
  /** What a new entry is. */
  make: () => T;
  add: string;
  /** The name of an entry, for those who cannot see its place. */
  remove: (number: number) => string;
  children: (item: T, change: (next: T) => void, index: number) => ReactNode;
  most?: number;
  hint?: string;
}

/** A list of entries that can be written, added and removed. */
export function Rows<T>({ label, items = [], onChange, make, add, remove, children, most = 50, hint }: RowsProps<T>) {
  const { isFixed } = useWriting();
  return (
    <div role="group" aria-label={label}>
      <Text size="sm" fw={500}>{label}</Text>
      {hint && <Text size="xs" c="dimmed">{hint}</Text>}
      <Stack gap="xs" mt={items.length > 0 ? 6 : 0}>
        {items.map((item, index) => (
          <div key={index} className={classes["row"]}>
            <div className={classes["rowFields"]}>{children(item, (next) => onChange(replaced(items, index, next)), index)}</div>
            {!isFixed && <ActionIcon aria-label={remove(index + 1)} onClick={() => onChange(without(items, index))}><IconTrash size={16} stroke={1.5} /></ActionIcon>}
          </div>
        ))}
      </Stack>
      {!isFixed && items.length < most && <Button mt={6} size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} stroke={1.5} />} onClick={() => onChange([...items, make()])}>{add}</Button>}
      {isFixed && items.length === 0 && <Text size="sm" c="dimmed">–</Text>}
    </div>
  );
}

/** A list of short texts. */
export function LocalizedRows({ label, items, onChange, hint }: { label: string; items: readonly Localized[] | undefined; onChange: (next: Localized[]) => void; hint?: string }) {
  const { t } = useTranslation("designs");
  return (
    <Rows label={label} items={items} onChange={onChange} make={() => ""} add={t("add")} remove={(number) => t("removeEntry", { label, number })} {...(hint ? { hint } : {})}>
      {(item, change) => <LocalizedLine label={label} value={item} onChange={(next) => change(next ?? "")} />}
    </Rows>
  );
}

/** A short text without a label of its own in sight. */
export function LocalizedLine({ label, value, onChange }: Pick<TextProps, "label" | "value" | "onChange">) {
  const { language, languages, isFixed } = useWriting();
  const own = ownText(value, language);
  return <TextInput aria-label={label} style={{ flex: "1 1 200px" }} value={own} readOnly={isFixed} lang={language} placeholder={own === "" ? textFor(value, language) : undefined} onChange={(event) => onChange(withText(value, language, event.currentTarget.value, languages))} />;
}

interface WordProps {
  label: string;
  value: string | undefined;
  onChange: (next: string | undefined) => void;
  description?: string;
}

/** `7 days`: a number and its unit. */
export function SpanField({ label, value, onChange, description }: WordProps) {
  const { t } = useTranslation("designs");
  const { isFixed } = useWriting();
  const span = readSpan(value) ?? { count: 0, unit: "days" as const };
  const put = (count: number, unit: TimeUnit) => onChange(count > 0 ? writeSpan({ count, unit }) : undefined);
  return (
    <div role="group" aria-label={label}>
      <Group gap={6} align="flex-end" wrap="nowrap">
        <NumberInput label={label} description={description} min={0} max={10_000} allowDecimal={false} hideControls readOnly={isFixed} value={span.count || ""} onChange={(next) => put(Number(next) || 0, span.unit)} style={{ flex: 1 }} />
        <Select aria-label={t("unit", { label })} w={112} readOnly={isFixed} value={span.unit} data={TIME_UNITS.map((unit) => ({ value: unit, label: t(`units.${unit}`) }))} onChange={(unit) => unit && put(span.count, unit)} allowDeselect={false} />
      </Group>
    </div>
  );
}

/** `4000 per month`: people or messages in a time. */
export function PeopleField({ label, value, onChange, description }: WordProps) {
  const { t } = useTranslation("designs");
  const { isFixed } = useWriting();
  const people = readPeople(value) ?? { count: 0, per: "month" as const };
  const put = (count: number, per: Period) => onChange(count > 0 ? writePeople(count, per) : undefined);
  return (
    <div role="group" aria-label={label}>
      <Group gap={6} align="flex-end" wrap="nowrap">
        <NumberInput label={label} description={description} min={0} max={4_000_000_000} allowDecimal={false} hideControls readOnly={isFixed} value={people.count || ""} onChange={(next) => put(Number(next) || 0, people.per)} style={{ flex: 1 }} />
        <Select aria-label={t("period", { label })} w={128} readOnly={isFixed} value={people.per} data={PERIODS.map((per) => ({ value: per, label: t(`periods.${per}`) }))} onChange={(per) => per && put(people.count, per)} allowDeselect={false} />
      </Group>
    </div>
  );
}

/** `12.5%`: a share. */
export function RateField({ label, value, onChange, description }: WordProps) {
  const { isFixed } = useWriting();
  return <NumberInput label={label} description={description} min={0} max={100} decimalScale={2} suffix=" %" hideControls readOnly={isFixed} value={readRate(value) ?? ""} onChange={(next) => onChange(next === "" ? undefined : writeRate(Number(next)))} />;
}

/** An event's name: one that was seen, or a new one. */
export function EventField({ label, value, onChange }: { label: string; value: string; onChange: (next: string) => void }) {
  const { isFixed } = useWriting();
  // Names follow the language.
  const { t } = useTranslation(["events", "designs"]);
  const { data } = useQuery(eventNamesQuery);
  const known = [...new Set([...(data?.events ?? []).map(({ name }) => name), value].filter(Boolean))];
  return (
    <Autocomplete label={label} placeholder={t("designs:chooseEvent")} readOnly={isFixed} value={value} data={known} limit={50} maxLength={200} style={{ flex: "2 1 220px" }} onChange={onChange}
      renderOption={({ option }) => <span>{eventName(option.value)}{eventName(option.value) !== option.value && <Text span size="xs" c="dimmed"> · {option.value}</Text>}</span>} />
  );
}

const ROLES = ["owner", "admin", "marketer", "manager", "rep"] as const;
const usersQuery = { queryKey: ["users"], queryFn: ({ signal }: { signal: AbortSignal }) => api.get<{ items: { id: string; name: string; is_active: boolean }[] }>("/users", { signal }), staleTime: 60_000 };

/** Who answers for something: a role, or somebody by name. */
export function OwnerField({ label, value, onChange }: WordProps) {
  const { t } = useTranslation("designs");
  const { isFixed } = useWriting();
  const { data } = useQuery(usersQuery);
  const people = (data?.items ?? []).filter(({ is_active }) => is_active).map(({ name }) => name);
  const isKnown = !value || (ROLES as readonly string[]).includes(value) || people.includes(value);
  return (
    <Select label={label} clearable searchable readOnly={isFixed} value={value ?? null} placeholder={t("nobody")} onChange={(next) => onChange(next ?? undefined)} style={{ flex: "1 1 160px" }}
      data={[
        { group: t("roles"), items: ROLES.map((role) => ({ value: role, label: t(`role.${role}`) })) },
        { group: t("people"), items: [...new Set(isKnown ? people : [...people, value])].map((name) => ({ value: name, label: name })) },
      ]} />
  );
}

/** One of some words, or none. */
export function ChoiceField({ label, value, data, onChange, clearable = true, placeholder, description }: { label: string; value: string | undefined; data: (string | ComboboxItem)[]; onChange: (next: string | undefined) => void; clearable?: boolean; placeholder?: string; description?: string }) {
  const { isFixed } = useWriting();
  const isKnown = !value || data.some((one) => (typeof one === "string" ? one : one.value) === value);
  // What is named and not there is shown as it is written: the check tells of it.
  const all = isKnown ? data : [...data, { value, label: value }];
  return <Select label={label} description={description} clearable={clearable} allowDeselect={clearable} readOnly={isFixed} value={value ?? null} data={all} placeholder={placeholder} onChange={(next) => onChange(next ?? undefined)} style={{ flex: "1 1 160px" }} />;
}
