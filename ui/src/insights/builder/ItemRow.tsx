import { ActionIcon, Menu, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowsSplit2, IconArrowUp, IconDotsVertical, IconFilterPlus, IconPencil, IconTrash } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { stageColor } from "../../charts/palette";
import { ALTERNATIVES_MAX, CONDITIONS_MAX, type Condition } from "../ask";
import classes from "./Builder.module.css";
import { Conditions, EMPTY_CONDITION } from "./Conditions";
import { EventsField } from "./EventsField";

/** An event with conditions and a name of its own, as steps and series have them. */
export interface Matched {
  event: string[];
  where?: Condition[];
  name?: string;
}

interface Props<T extends Matched> {
  item: T;
  index: number;
  count: number;
  /** The number or letter before it. */
  mark: string;
  label: string;
  /** Its name in the question, such as `steps.0`. */
  field: string;
  canRemove: boolean;
  onChange: (item: T) => void;
  onMove: (by: 1 | -1) => void;
  onRemove: () => void;
  /** Further choices of its menu. */
  choices?: ReactNode;
  /** What belongs to it beside the event and its conditions. */
  children?: ReactNode;
}

/** One step or series: its event, its conditions, and a menu for the rest. */
export function ItemRow<T extends Matched>({ item, index, count, mark, label, field, canRemove, onChange, onMove, onRemove, choices, children }: Props<T>) {
  const { t } = useTranslation("insights");
  const [isAdding, setIsAdding] = useState(false);
  const [isNaming, setIsNaming] = useState(false);
  const where = item.where ?? [];
  const withName = (name: string): T => {
    const next = { ...item };
    delete next.name;
    return name === "" ? next : { ...next, name };
  };
  return (
    <li className={classes["item"]}>
      <span className={classes["mark"]} style={{ background: stageColor(index) }} aria-hidden>{mark}</span>
      <EventsField value={item.event} onChange={(event) => onChange({ ...item, event })} label={label} field={`${field}.event`} isAdding={isAdding} onAdded={() => setIsAdding(false)} />
      <span className={classes["tools"]}>
        <Tooltip label={t("addFilter")}>
          <ActionIcon aria-label={t("addFilterTo", { label })} disabled={where.length >= CONDITIONS_MAX} onClick={() => onChange({ ...item, where: [...where, EMPTY_CONDITION] })}><IconFilterPlus size={18} stroke={1.5} /></ActionIcon>
        </Tooltip>
        <Menu>
          <Menu.Target><ActionIcon aria-label={t("moreOf", { label })}><IconDotsVertical size={18} stroke={1.5} /></ActionIcon></Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconArrowsSplit2 size={16} stroke={1.5} />} disabled={item.event.length === 0 || item.event.length >= ALTERNATIVES_MAX} onClick={() => setIsAdding(true)}>{t("orAnother")}</Menu.Item>
            <Menu.Item leftSection={<IconPencil size={16} stroke={1.5} />} onClick={() => setIsNaming(true)}>{t("giveName")}</Menu.Item>
            {choices}
            <Menu.Divider />
            <Menu.Item leftSection={<IconArrowUp size={16} stroke={1.5} />} disabled={index === 0} onClick={() => onMove(-1)}>{t("moveUp")}</Menu.Item>
            <Menu.Item leftSection={<IconArrowDown size={16} stroke={1.5} />} disabled={index === count - 1} onClick={() => onMove(1)}>{t("moveDown")}</Menu.Item>
            <Menu.Item leftSection={<IconTrash size={16} stroke={1.5} />} disabled={!canRemove} onClick={onRemove}>{t("remove")}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </span>
      <div className={classes["body"]}>
        {children}
        {!isNaming && item.name !== undefined && (
          <UnstyledButton className={classes["named"] ?? ""} aria-label={t("rename", { name: item.name })} onClick={() => setIsNaming(true)}><span>{t("called", { name: item.name })}</span><IconPencil size={12} aria-hidden /></UnstyledButton>
        )}
        {isNaming && <TextInput size="xs" aria-label={t("nameOf", { label })} placeholder={t("ownName")} value={item.name ?? ""} onChange={(event) => onChange(withName(event.currentTarget.value))} onBlur={() => setIsNaming(false)} onKeyDown={(event) => { if (event.key === "Enter" || event.key === "Escape") setIsNaming(false); }} data-autofocus autoFocus />}
        <Conditions value={item.where} events={item.event} field={`${field}.where`} onChange={(next) => onChange({ ...item, where: next })} />
      </div>
    </li>
  );
}

/** The list with one of its items a place up or down. */
export function moved<T>(items: readonly T[], index: number, by: 1 | -1): T[] {
  const next = [...items];
  const [item] = next.splice(index, 1);
  if (item !== undefined) next.splice(index + by, 0, item);
  return next;
}
