import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { catalogQuery } from "../api";
import { propertyName } from "../names";

const SHOWN_MAX = 80;

interface Props {
  value: string;
  onChange: (prop: string) => void;
  label: string;
  isLabelShown?: boolean;
  placeholder?: string;
  /** Offered first as the choice of no property. */
  none?: string;
  /** Whose properties are offered; those of all events without. */
  event?: string | undefined;
  error?: string | null;
}

/** A property of events: one that was sent, or any that is written. */
export function PropertySelect({ value, onChange, label, isLabelShown = false, placeholder, none, event, error }: Props) {
  const { t } = useTranslation("insights");
  const { data } = useQuery(catalogQuery(event));
  const [text, setText] = useState("");
  const known = data?.properties ?? [];
  const written = text.trim();
  const isNew = written !== "" && written !== none && ![...known, value].some((name) => name === written || propertyName(name).toLowerCase() === written.toLowerCase());
  const names = [...known, ...(value && !known.includes(value) ? [value] : [])];
  const options = [
    ...(none === undefined ? [] : [{ value: "", label: none }]),
    ...names.map((name) => ({ value: name, label: propertyName(name) })),
    ...(isNew ? [{ value: written, label: t("useProperty", { name: written }) }] : []),
  ];
  return (
    <Select {...(isLabelShown ? { label } : { "aria-label": label })} data={options} value={value === "" && none === undefined ? null : value} placeholder={placeholder ?? t("chooseProperty")} searchable limit={SHOWN_MAX}
      searchValue={text} onSearchChange={setText} maxDropdownHeight={320} comboboxProps={{ width: "max-content", position: "bottom-start" }} error={error} nothingFoundMessage={t("noSuchProperty")}
      onChange={(next) => { if (next !== null) onChange(next); }} />
  );
}
