import { ActionIcon, Button, Group as Row, Popover, SegmentedControl, Select, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconFilter, IconFilterPlus, IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ListField } from "./fields";
import { countTests, emptyGroup, fieldOf, firstValue, fromCondition, isComplete, isGroup, needsValue, operatorsOf, takesMany, toCondition, type Condition, type Group, type Test } from "./filter";
import classes from "./records.module.css";
import { useValueText } from "./useValueText";
import { ValueInput } from "./ValueInput";

interface Props {
  fields: readonly ListField[];
  filter: Condition | null;
  onChange: (filter: Condition | null) => void;
}

/** What a list is filtered by, as chips, and the builder behind them. */
export function Filters({ fields, filter, onChange }: Props) {
  const { t } = useTranslation(["records", "common"]);
  const [draft, setDraft] = useState<Group | null>(null);
  const shown = fromCondition(filter);
  const close = () => setDraft(null);
  const apply = () => { if (draft) onChange(toCondition(draft)); close(); };
  return (
    <>
      {/* The choices of a field lie outside of the builder, and a filter half made is not lost by a click beside it. */}
      <Popover opened={draft !== null} onChange={(isOpen) => !isOpen && close()} closeOnClickOutside={false} closeOnEscape={false} position="bottom-start" middlewares={{ shift: { padding: 8 }, flip: true }} width="auto" shadow="md" trapFocus returnFocus withinPortal>
        <Popover.Target>
          <Button variant="default" leftSection={<IconFilter size={16} stroke={1.5} />} aria-expanded={draft !== null} onClick={() => setDraft(draft ? null : withFirst(shown ?? emptyGroup(), fields))}>
            {t("filter")}
          </Button>
        </Popover.Target>
        <Popover.Dropdown className={classes["builder"] ?? ""}>
          {draft && (
            <form onSubmit={(event) => { event.preventDefault(); apply(); }} onKeyDown={(event) => event.key === "Escape" && !isOpenList(event.target) && close()}>
              <Stack gap="sm">
                <GroupEditor group={draft} fields={fields} depth={0} onChange={setDraft} />
                <Row justify="space-between" mt={4}>
                  <Button variant="subtle" color="gray" disabled={countTests(draft) === 0} onClick={() => { onChange(null); close(); }}>{t("clearFilter")}</Button>
                  <Row gap={8}>
                    <Button variant="default" onClick={close}>{t("common:actions.cancel")}</Button>
                    <Button type="submit">{t("apply")}</Button>
                  </Row>
                </Row>
              </Stack>
            </form>
          )}
        </Popover.Dropdown>
      </Popover>
      <Chips group={shown} isOther={filter !== null && shown === null} fields={fields} onOpen={() => setDraft(shown)} onChange={(group) => onChange(group && toCondition(group))} />
    </>
  );
}

/** Whether the key is for a list of choices that is open there. */
function isOpenList(target: EventTarget): boolean {
  return target instanceof HTMLElement && target.getAttribute("aria-expanded") === "true";
}

/** A group with a test to begin with. */
function withFirst(group: Group, fields: readonly ListField[]): Group {
  const first = fields[0];
  return group.parts.length > 0 || !first ? group : { ...group, parts: [newTest(first)] };
}

export function newTest(field: ListField): Test {
  const operator = operatorsOf(field.kind)[0] ?? "known";
  return { field: field.name, operator, value: firstValue(operator, field.kind) };
}

function Chips({ group, isOther, fields, onOpen, onChange }: { group: Group | null; isOther: boolean; fields: readonly ListField[]; onOpen: () => void; onChange: (group: Group | null) => void }) {
  const { t } = useTranslation("records");
  const valueText = useValueText();
  const told = (part: Test | Group): string => {
    if (isGroup(part)) return part.parts.map(told).join(t(part.join === "all" ? "and" : "or"));
    const field = fieldOf(fields, part.field);
    const value = field && needsValue(part.operator) ? valueText(field, part.value) : "";
    return [field?.label ?? part.field, t(`operators.${part.operator}`), value].filter(Boolean).join(" ");
  };
  if (isOther) {
    return <span className={classes["chip"]}>{t("otherFilter")}<ActionIcon size={20} variant="subtle" color="gray" aria-label={t("clearFilter")} onClick={() => onChange(null)}><IconX size={12} /></ActionIcon></span>;
  }
  return group?.parts.filter((part) => isGroup(part) || isComplete(part)).map((part, index) => (
    <span key={index} className={classes["chip"]}>
      {index > 0 && group.join === "any" && <Text span size="xs" c="dimmed">{t("or")}</Text>}
      <UnstyledButton className={classes["chipText"] ?? ""} onClick={onOpen}>{told(part)}</UnstyledButton>
      <ActionIcon size={20} variant="subtle" color="gray" aria-label={t("removeFilter", { what: told(part) })} onClick={() => onChange({ ...group, parts: group.parts.filter((_, place) => place !== index) })}><IconX size={12} /></ActionIcon>
    </span>
  ));
}

export function GroupEditor({ group, fields, depth, onChange }: { group: Group; fields: readonly ListField[]; depth: number; onChange: (group: Group) => void }) {
  const { t } = useTranslation("records");
  const change = (index: number, part: Test | Group | null) => onChange({ ...group, parts: group.parts.flatMap((one, place) => (place !== index ? [one] : part ? [part] : [])) });
  const first = fields[0];
  return (
    <div className={classes["group"]} data-depth={depth || undefined}>
      <SegmentedControl size="xs" value={group.join} aria-label={t("join")} data={[{ value: "all", label: t("all") }, { value: "any", label: t("any") }]} onChange={(join) => onChange({ ...group, join })} />
      {group.parts.map((part, index) => isGroup(part) ? (
        <div key={index} className={classes["nested"]}>
          <GroupEditor group={part} fields={fields} depth={depth + 1} onChange={(next) => change(index, next.parts.length > 0 ? next : null)} />
        </div>
      ) : (
        <TestEditor key={index} test={part} fields={fields} onChange={(next) => change(index, next)} />
      ))}
      {first && (
        <Row gap={4}>
          <Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} />} onClick={() => onChange({ ...group, parts: [...group.parts, newTest(first)] })}>{t("addTest")}</Button>
          {depth < 2 && <Button size="compact-sm" variant="subtle" color="gray" leftSection={<IconFilterPlus size={14} stroke={1.5} />} onClick={() => onChange({ ...group, parts: [...group.parts, { join: group.join === "all" ? "any" : "all", parts: [newTest(first)] }] })}>{t("addGroup")}</Button>}
        </Row>
      )}
    </div>
  );
}

interface TestProps {
  test: Test;
  fields: readonly ListField[];
  onChange: (test: Test | null) => void;
  /** A field that is not in the list, by what was written for it. */
  other?: (written: string) => ListField | null;
  /** What the button that removes it is called. */
  remove?: string;
}

export function TestEditor({ test, fields, onChange, other, remove }: TestProps) {
  const { t } = useTranslation("records");
  const [text, setText] = useState("");
  const written = other && !fields.some(({ label }) => label.toLowerCase() === text.trim().toLowerCase()) ? other(text.trim()) : null;
  const all = written ? [...fields, written] : fields;
  const field = fieldOf(fields, test.field);
  const known = field ? operatorsOf(field.kind) : [];
  // What somebody wrote as text may ask what the list does not offer.
  const operators = known.includes(test.operator) ? known : [...known, test.operator];
  const choose = (name: string | null) => { const next = name && fieldOf(all, name); if (next) onChange(newTest(next)); };
  const ask = (operator: string | null) => {
    const next = operators.find((one) => one === operator);
    if (!next || !field) return;
    const isSameShape = takesMany(next) === takesMany(test.operator) && needsValue(next) === needsValue(test.operator);
    onChange({ ...test, operator: next, value: isSameShape ? test.value : firstValue(next, field.kind) });
  };
  return (
    <div className={classes["test"]}>
      <Select size="sm" searchable aria-label={t("field")} data={all.map(({ name, label }) => ({ value: name, label }))} value={test.field} onChange={choose} {...(other ? { searchValue: text, onSearchChange: setText } : {})} />
      <Select size="sm" aria-label={t("operator")} data={operators.map((value) => ({ value, label: t(`operators.${value}`) }))} value={test.operator} onChange={ask} />
      <div className={classes["testValue"]}>
        {field && needsValue(test.operator) && <ValueInput size="sm" field={field} value={test.value} isMany={takesMany(test.operator)} onChange={(value) => onChange({ ...test, value })} />}
      </div>
      <ActionIcon variant="subtle" color="gray" aria-label={remove ?? t("removeTest")} onClick={() => onChange(null)}><IconX size={16} /></ActionIcon>
    </div>
  );
}
