import { ActionIcon, Select, type ComboboxItem } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { eventName, useFormat } from "../../i18n";
import { catalogQuery } from "../api";
import classes from "./Builder.module.css";
import { useProblem } from "./problems";

const SHOWN_MAX = 60;

interface SelectProps {
  value: string;
  onChange: (event: string) => void;
  label: string;
  isLabelShown?: boolean;
  placeholder?: string;
  error?: string | null;
  /** An empty choice, such as "the same event". */
  none?: string;
}

/** One event: of those that happened, by its name or ours, or any that is written. */
export function EventSelect({ value, onChange, label, isLabelShown = false, placeholder, error, none }: SelectProps) {
  const { t } = useTranslation("insights");
  const format = useFormat();
  const { data } = useQuery(catalogQuery());
  const [text, setText] = useState("");
  const counts = new Map(data?.events.map(({ name, count }) => [name, count]));
  const known = [...counts.keys()];
  const written = text.trim();
  const isNew = written !== "" && !known.some((name) => name === written || eventName(name).toLowerCase() === written.toLowerCase());
  const others = [...(value && !counts.has(value) ? [value] : []), ...(isNew && written !== value && written !== eventName(value) && written !== none ? [written] : [])];
  const options: ComboboxItem[] = [
    ...(none === undefined ? [] : [{ value: "", label: none }]),
    ...known.map((name) => ({ value: name, label: eventName(name) })),
    ...others.map((name) => ({ value: name, label: name === written ? t("useEvent", { name }) : eventName(name) })),
  ];
  return (
    <Select {...(isLabelShown ? { label } : { "aria-label": label })} data={options} value={value === "" && none === undefined ? null : value} placeholder={placeholder ?? t("chooseEvent")}
      searchable searchValue={text} onSearchChange={setText} limit={SHOWN_MAX} nothingFoundMessage={t("noSuchEvent")} maxDropdownHeight={320} comboboxProps={{ width: "max-content", position: "bottom-start" }}
      error={error} filter={({ options: all, search }) => matching(all as ComboboxItem[], search, options)}
      onChange={(next) => { if (next !== null) onChange(next); }}
      renderOption={({ option }) => (
        <span className={classes["option"]}>
          <span>{option.label}</span>
          <span>{counts.has(option.value) ? format.compact(counts.get(option.value) ?? 0) : ""}</span>
        </span>
      )} />
  );
}

/** Found by our words and by the name that was sent. A name chosen before, still in the box, hides nothing. */
function matching(options: ComboboxItem[], search: string, all: readonly ComboboxItem[]): ComboboxItem[] {
  const wanted = search.trim().toLowerCase();
  if (wanted === "" || all.some(({ label }) => label.toLowerCase() === wanted)) return options;
  return options.filter(({ label, value }) => label.toLowerCase().includes(wanted) || value.toLowerCase().includes(wanted));
}

interface Props {
  value: readonly string[];
  onChange: (events: string[]) => void;
  label: string;
  isLabelShown?: boolean;
  placeholder?: string;
  /** The field's name in the question, for what the server says of it. */
  field: string;
  none?: string;
  /** Whether a further event is being added. */
  isAdding?: boolean;
  onAdded?: () => void;
}

/** An event, or several of which any will do. */
export function EventsField({ value, onChange, label, isLabelShown, placeholder, field, none, isAdding = false, onAdded }: Props) {
  const { t } = useTranslation("insights");
  const problem = useProblem(field);
  const [first = "", ...others] = value;
  const shown = isAdding && value.length > 0 ? [...others, ""] : others;
  const set = (index: number, event: string) => {
    onChange(event === "" ? [] : value.length === 0 ? [event] : index < value.length ? value.with(index, event) : [...value, event]);
    if (index >= value.length) onAdded?.();
  };
  return (
    <div className={classes["events"]}>
      <EventSelect value={first} onChange={(event) => set(0, event)} label={label} error={problem} {...(isLabelShown ? { isLabelShown } : {})} {...(none === undefined ? {} : { none })} {...(placeholder ? { placeholder } : {})} />
      {shown.map((event, index) => (
        <div key={index} className={classes["alternative"]}>
          <span className={classes["quiet"]}>{t("or")}</span>
          <EventSelect value={event} onChange={(next) => set(index + 1, next)} label={t("orEvent", { label })} />
          <ActionIcon size="md" aria-label={t("removeEvent", { name: event ? eventName(event) : "" })} onClick={() => (event ? onChange(value.toSpliced(index + 1, 1)) : onAdded?.())}><IconX size={16} stroke={1.5} /></ActionIcon>
        </div>
      ))}
    </div>
  );
}
