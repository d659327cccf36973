import { ActionIcon, Button, Fieldset, Input, NumberInput, Select, Stack, Switch, Textarea, TextInput, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconChevronRight, IconPlus, IconTrash } from "@tabler/icons-react";
import type { ArrayField, Field, ObjectField } from "@puckeditor/core";
import { use, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Editor.module.css";
import { FieldErrors } from "./fields";
import { RichField } from "./RichField";

type Props = Record<string, unknown>;

interface FieldProps<F extends Field = Field> {
  field: F;
  /** The path in the block, such as `items.0.title`. */
  name: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

const str = (value: unknown): string => (typeof value === "string" ? value : "");
const helpOf = (field: Field): string | undefined => field.metadata?.["help"] as string | undefined;

/** One field of a block with its label, its hint and what is wrong with it; lists and groups hold further ones. */
export function FieldView({ field, name, value, onChange }: FieldProps) {
  const error = use(FieldErrors).get(name);
  const common = { label: field.label, description: helpOf(field), error, size: "sm" } as const;
  switch (field.type) {
    case "text":
      return <TextInput {...common} value={str(value)} onChange={(event) => onChange(event.currentTarget.value)} />;
    case "textarea":
      return <Textarea {...common} autosize minRows={2} maxRows={12} value={str(value)} onChange={(event) => onChange(event.currentTarget.value)} />;
    case "number":
      return <NumberInput {...common} min={field.min} max={field.max} allowDecimal={false} value={typeof value === "number" ? value : ""} onChange={(next) => onChange(typeof next === "number" ? next : 0)} />;
    case "radio":
      return <Switch {...common} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
    case "select":
      return <Select {...common} allowDeselect={false} searchable={field.options.length > 8} data={field.options.map((option) => ({ value: str(option.value), label: option.label }))} value={str(value)} onChange={(next) => onChange(next ?? "")} />;
    case "richtext":
      return <RichField field={field} name={name} value={value} onChange={onChange} />;
    case "object":
      return <GroupField field={field} name={name} value={value} onChange={onChange} />;
    case "array":
      return <ListField field={field} name={name} value={value} onChange={onChange} />;
    case "custom":
      return field.render({ field, name, id: name, value, onChange });
    default:
      return null;
  }
}

/** Several fields in a row, of an object whose props they write. */
export function FieldStack({ fields, name, value, onChange }: { fields: Record<string, Field>; name: string; value: Props; onChange: (value: Props) => void }) {
  return (
    <Stack gap="md">
      {Object.entries(fields).map(([key, field]) => (
        <FieldView key={key} field={field} name={name ? `${name}.${key}` : key} value={value[key]} onChange={(next) => onChange({ ...value, [key]: next })} />
      ))}
    </Stack>
  );
}

const GroupField = ({ field, name, value, onChange }: FieldProps<ObjectField>) => (
  <Fieldset legend={field.label} variant="unstyled" className={classes["group"] ?? ""}>
    <FieldStack fields={field.objectFields as Record<string, Field>} name={name} value={(value ?? {}) as Props} onChange={onChange} />
  </Fieldset>
);

/** What stands for an entry while it is folded, the first that is written. */
const SPEAKING = ["label", "title", "question", "quote", "name", "text", "locale"];
const summaryOf = (item: Props): string => SPEAKING.map((key) => str(item[key])).find(Boolean) ?? "";

function ListField({ field, name, value, onChange }: FieldProps<ArrayField>) {
  const { t } = useTranslation(["pages", "common"]);
  const errors = use(FieldErrors);
  const items = (Array.isArray(value) ? value : []) as Props[];
  const [open, setOpen] = useState<number | null>(null);
  const move = (from: number, to: number) => {
    const next = [...items];
    next.splice(to, 0, ...next.splice(from, 1));
    onChange(next);
    setOpen(open === from ? to : open === to ? from : open);
  };
  const remove = (at: number) => { onChange(items.filter((_, index) => index !== at)); setOpen(null); };
  const add = () => { onChange([...items, structuredClone(field.defaultItemProps ?? {})]); setOpen(items.length); };
  const isFaulty = (at: number) => [...errors.keys()].some((path) => path.startsWith(`${name}.${at}.`));
  const title = (item: Props, at: number) => summaryOf(item) || t("entry", { number: at + 1 });
  return (
    <Fieldset legend={field.label} variant="unstyled" className={classes["group"] ?? ""}>
      {helpOf(field) && <Input.Description mb={8}>{helpOf(field)}</Input.Description>}
      {items.map((item, at) => (
        <div key={at} className={classes["entry"]} data-faulty={isFaulty(at) || undefined}>
          <div className={classes["entryHead"]}>
            <UnstyledButton className={classes["entryName"] ?? ""} aria-expanded={open === at} onClick={() => setOpen(open === at ? null : at)}>
              <IconChevronRight size={16} aria-hidden /><span>{title(item, at)}</span>
            </UnstyledButton>
            <Tools name={title(item, at)} isFirst={at === 0} isLast={at === items.length - 1} onUp={() => move(at, at - 1)} onDown={() => move(at, at + 1)} onRemove={() => remove(at)} />
          </div>
          {open === at && <div className={classes["entryBody"]}><FieldStack fields={field.arrayFields as Record<string, Field>} name={`${name}.${at}`} value={item} onChange={(next) => onChange(items.map((other, index) => (index === at ? next : other)))} /></div>}
        </div>
      ))}
      {errors.get(name) && <Input.Error mb={8}>{errors.get(name)}</Input.Error>}
      <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} />} disabled={items.length >= (field.max ?? Infinity)} onClick={add}>{t("addEntry")}</Button>
    </Fieldset>
  );
}

interface ToolsProps {
  name: string;
  isFirst: boolean;
  isLast: boolean;
  onUp: () => void;
  onDown: () => void;
  onRemove: () => void;
}

/** Up, down and away: what dragging does, for the keyboard. */
export function Tools({ name, isFirst, isLast, onUp, onDown, onRemove }: ToolsProps) {
  const { t } = useTranslation("pages");
  return (
    <span className={classes["tools"]}>
      <ActionIcon size="sm" variant="subtle" color="gray" disabled={isFirst} aria-label={t("moveUp", { name })} onClick={onUp}><IconArrowUp size={14} /></ActionIcon>
      <ActionIcon size="sm" variant="subtle" color="gray" disabled={isLast} aria-label={t("moveDown", { name })} onClick={onDown}><IconArrowDown size={14} /></ActionIcon>
      <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t("remove", { name })} onClick={onRemove}><IconTrash size={14} /></ActionIcon>
    </span>
  );
}
