import { Combobox, Textarea, useCombobox } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { usersQuery } from "../deals/api";

interface Props {
  label: string;
  description?: string;
  value: string;
  error?: ReactNode;
  minRows: number;
  maxLength: number;
  autoFocus?: boolean;
  onChange: (value: string) => void;
}

const SHOWN_MAX = 6;

/** What is being written after an `@`, up to the cursor; null when nobody is being named. */
export const calling = (text: string, cursor: number): string | null => /(?:^|[^\p{L}\p{N}])@([\p{L}\p{N}]*(?: [\p{L}\p{N}]*)?)$/u.exec(text.slice(0, cursor))?.[1] ?? null;

/** A text in which `@` calls a colleague, who is told of it. */
export function MentionArea({ label, description, value, error, minRows, maxLength, autoFocus = false, onChange }: Props) {
  const { t } = useTranslation("activities");
  const { data: users } = useQuery(usersQuery);
  const [wanted, setWanted] = useState<string | null>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const found = wanted === null ? [] : (users?.items ?? []).filter(({ name, is_active }) => is_active && name.toLowerCase().startsWith(wanted.toLowerCase()) && name.toLowerCase() !== wanted.toLowerCase()).slice(0, SHOWN_MAX);

  function look() {
    const cursor = area.current?.selectionStart ?? value.length;
    const next = calling(area.current?.value ?? value, cursor);
    setWanted(next);
    if (next === null) combobox.closeDropdown();
    else combobox.openDropdown();
  }

  function choose(name: string) {
    const cursor = area.current?.selectionStart ?? value.length;
    const start = cursor - (wanted?.length ?? 0);
    onChange(`${value.slice(0, start)}${name} ${value.slice(cursor)}`);
    setWanted(null);
    combobox.closeDropdown();
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(start + name.length + 1, start + name.length + 1);
    });
  }

  return (
    <Combobox store={combobox} onOptionSubmit={choose} withinPortal position="bottom-start">
      <Combobox.Target withExpandedAttribute={found.length > 0}>
        <Textarea ref={area} label={label} {...(description ? { description } : {})} error={error} autosize minRows={minRows} maxRows={16} maxLength={maxLength} autoFocus={autoFocus} value={value}
          onChange={(event) => { onChange(event.currentTarget.value); look(); }} onKeyUp={look} onClick={look} onBlur={() => combobox.closeDropdown()} />
      </Combobox.Target>
      <Combobox.Dropdown hidden={found.length === 0}>
        <Combobox.Options aria-label={t("colleagues")}>
          {found.map(({ id, name }) => <Combobox.Option key={id} value={name}>{name}</Combobox.Option>)}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
