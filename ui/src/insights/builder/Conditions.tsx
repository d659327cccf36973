import { ActionIcon, Button, Select, TagsInput, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { catalogQuery, valuesQuery } from "../api";
import { ALTERNATIVES_MAX, CONDITIONS_MAX, OPS, VALUES_MAX, type Condition, type Op } from "../ask";
import { propertyName } from "../names";
import classes from "./Builder.module.css";
import { useProblem } from "./problems";
import { PropertySelect } from "./PropertySelect";

interface Props {
  value: readonly Condition[] | undefined;
  onChange: (where: Condition[]) => void;
  /** The events whose properties and values are offered; all without. */
  events: readonly string[];
  /** The filter's name in the question, such as `steps.0.where`. */
  field: string;
}

export const EMPTY_CONDITION: Condition = { prop: "", op: "in", values: [] };

/** What the properties of an event must be; all conditions hold. */
export function Conditions({ value = [], onChange, events, field }: Props) {
  const { t } = useTranslation("insights");
  const problem = useProblem(field);
  if (value.length === 0) return null;
  return (
    <div className={classes["conditions"]} role="group" aria-label={t("filters")}>
      {value.map((condition, index) => (
        <Row key={index} condition={condition} events={events} field={field} onRemove={() => onChange(value.toSpliced(index, 1))}
          onChange={(next) => onChange(value.with(index, next))} />
      ))}
      {problem && !value.some(({ prop }) => prop !== "") && <Text size="xs" c="red" role="alert">{problem}</Text>}
      {value.length < CONDITIONS_MAX && <AddCondition onClick={() => onChange([...value, EMPTY_CONDITION])} />}
    </div>
  );
}

export function AddCondition({ onClick }: { onClick: () => void }) {
  const { t } = useTranslation("insights");
  return <Button variant="subtle" color="gray" size="compact-sm" leftSection={<IconPlus size={14} />} onClick={onClick} style={{ alignSelf: "flex-start" }}>{t("addFilter")}</Button>;
}

interface RowProps {
  condition: Condition;
  events: readonly string[];
  field: string;
  onChange: (condition: Condition) => void;
  onRemove: () => void;
}

function Row({ condition, events, field, onChange, onRemove }: RowProps) {
  const { t } = useTranslation("insights");
  const { prop, op } = condition;
  const problem = useProblem(`${field}.${prop}`);
  const name = prop ? propertyName(prop) : t("property");
  return (
    <div>
      <div className={classes["condition"]}>
        <PropertySelect label={t("property")} value={prop} event={events.length === 1 ? events[0] : undefined} onChange={(next) => onChange({ ...condition, prop: next, values: [] })} />
        <Select aria-label={t("howCompared", { name })} data={OPS.map((one) => ({ value: one, label: t(`ops.${one}`) }))} value={op} comboboxProps={{ width: "max-content", position: "bottom-start" }}
          maxDropdownHeight={360} onChange={(next) => onChange(withOp(condition, OPS.find((one) => one === next) ?? op))} />
        <ActionIcon size={28} aria-label={t("removeFilter", { name })} onClick={onRemove}><IconX size={16} stroke={1.5} /></ActionIcon>
        <Value condition={condition} events={events} onChange={onChange} name={name} />
      </div>
      {prop !== "" && problem && <Text size="xs" c="red" mt={4} role="alert">{problem}</Text>}
    </div>
  );
}

const MANY = new Set<Op>(["in", "not_in"]);
const NONE = new Set<Op>(["set", "not_set"]);
const DATES = new Set<Op>(["before", "after"]);

/** Another way of comparing keeps what was written, as far as it still fits. */
function withOp(condition: Condition, op: Op): Condition {
  if (NONE.has(op)) return { ...condition, op, values: [] };
  if (DATES.has(op) !== DATES.has(condition.op)) return { ...condition, op, values: [] };
  return { ...condition, op, values: MANY.has(op) ? condition.values : condition.values.slice(0, 1) };
}

function Value({ condition, events, name, onChange }: { condition: Condition; events: readonly string[]; name: string; onChange: (condition: Condition) => void }) {
  const { t } = useTranslation("insights");
  const { prop, op, values } = condition;
  const [first = ""] = values;
  const set = (next: string) => onChange({ ...condition, values: next === "" ? [] : [next] });
  const label = t("valueOf", { name });
  if (NONE.has(op)) return null;
  if (MANY.has(op)) return <ManyValues label={label} prop={prop} events={events} values={values} onChange={(next) => onChange({ ...condition, values: next })} />;
  if (DATES.has(op)) return <TextInput data-wide type="date" aria-label={label} value={first.slice(0, 10)} onChange={(event) => set(event.currentTarget.value)} wrapperProps={{ "data-wide": true }} />;
  const isNumber = op === "gt" || op === "gte" || op === "lt" || op === "lte";
  return (
    <TextInput aria-label={label} value={first} wrapperProps={{ "data-wide": true }} {...(isNumber ? { inputMode: "decimal" as const } : {})}
      placeholder={t(op === "regex" || op === "not_regex" ? "writeRegex" : isNumber ? "writeNumber" : "writeText")} onChange={(event) => set(event.currentTarget.value)} />
  );
}

/** Values are asked for when the field is first entered: nobody needs them before. */
export function ManyValues({ label, prop, events, values, onChange }: { label: string; prop: string; events: readonly string[]; values: string[]; onChange: (values: string[]) => void }) {
  const { t } = useTranslation("insights");
  const [isAsked, setIsAsked] = useState(false);
  const [nowMs] = useState(() => Date.now());
  const { data: catalog } = useQuery(catalogQuery());
  const of = events.length > 0 ? events : (catalog?.events ?? []).slice(0, ALTERNATIVES_MAX).map((event) => event.name);
  const query = valuesQuery(of, prop, nowMs);
  const { data } = useQuery({ ...query, enabled: isAsked && of.length > 0 && prop !== "" });
  return (
    <TagsInput aria-label={label} data={data ?? []} value={values} maxTags={VALUES_MAX} maxDropdownHeight={280} acceptValueOnBlur splitChars={[]}
      styles={{ inputField: { minWidth: 32 } }} placeholder={values.length === 0 ? t("writeValue") : ""} onFocus={() => setIsAsked(true)} onChange={onChange} wrapperProps={{ "data-wide": true }} />
  );
}
