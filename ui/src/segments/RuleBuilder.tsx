import { ActionIcon, Button, Code, Menu, Select, Text } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { useTranslation } from "react-i18next";
import { emptyGroup } from "../records/filter";
import { GroupEditor, newTest, TestEditor } from "../records/FilterBuilder";
import { segmentsQuery } from "./api";
import { EventEditor } from "./EventEditor";
import { fieldsIn, isFinished, JOINS, newEvent, type GroupPart, type Part } from "./rule";
import classes from "./Segments.module.css";
import { factOf, type RuleFields } from "./useWords";

/** How deep groups may lie inside each other here; the API takes some more. */
const DEPTH_MAX = 4;
const KINDS = ["field", "event", "deal", "segment", "group"] as const;

interface Around {
  fields: RuleFields;
  /** The segment whose rule this is: it cannot ask for itself. */
  self: string | null;
  /** Whether what is not finished is marked. */
  isMarked: boolean;
}

const AroundContext = createContext<Around | null>(null);

interface Props extends Around {
  rule: GroupPart;
  onChange: (rule: GroupPart) => void;
}

/** A rule as it is built: groups of conditions, each of its own kind. */
export function RuleBuilder({ rule, onChange, ...around }: Props) {
  const named = fieldsIn(rule).filter((name) => name.startsWith("contact.") && !around.fields.contact.some((field) => field.name === name));
  const fields = { ...around.fields, contact: [...around.fields.contact, ...[...new Set(named)].map(factOf)] };
  return <AroundContext value={{ ...around, fields }}><Group group={rule} depth={0} onChange={onChange} /></AroundContext>;
}

function useAround(): Around {
  const around = useContext(AroundContext);
  if (!around) throw new Error("a part of a rule stands outside of a builder");
  return around;
}

function Group({ group, depth, onChange, onRemove }: { group: GroupPart; depth: number; onChange: (group: GroupPart) => void; onRemove?: () => void }) {
  const { t } = useTranslation("segments");
  const change = (index: number, part: Part | null) => onChange({ ...group, parts: part ? group.parts.with(index, part) : group.parts.toSpliced(index, 1) });
  return (
    <div className={classes["group"]} data-depth={depth || undefined} role="group" aria-label={t(`joins.${group.join}`)}>
      <div className={classes["groupHead"]}>
        <Select w={240} size="sm" aria-label={t("join")} allowDeselect={false} value={group.join} data={JOINS.map((value) => ({ value, label: t(`joins.${value}`) }))} onChange={(join) => join && onChange({ ...group, join })} />
        {onRemove && <ActionIcon variant="subtle" color="gray" aria-label={t("removeGroup")} onClick={onRemove}><IconX size={16} /></ActionIcon>}
      </div>
      {group.parts.map((part, index) => part.kind === "group"
        ? <Group key={index} group={part} depth={depth + 1} onChange={(next) => change(index, next)} onRemove={() => change(index, null)} />
        : <Line key={index} part={part} number={index + 1} onChange={(next) => change(index, next)} />)}
      <AddPart depth={depth} onAdd={(part) => onChange({ ...group, parts: [...group.parts, part] })} />
    </div>
  );
}

function AddPart({ depth, onAdd }: { depth: number; onAdd: (part: Part) => void }) {
  const { t } = useTranslation("segments");
  const { fields } = useAround();
  const [contact] = fields.contact;
  const status = fields.deal.find(({ name }) => name === "deal.status");
  const make: Record<(typeof KINDS)[number], () => Part | null> = {
    field: () => contact ? { kind: "field", test: newTest(contact) } : null,
    event: () => newEvent(),
    deal: () => ({ kind: "deal", isNot: false, group: { ...emptyGroup(), parts: status ? [{ ...newTest(status), value: ["open"] }] : [] } }),
    segment: () => ({ kind: "segment", isNot: false, id: "" }),
    group: () => ({ kind: "group", join: "any", parts: [newEvent()] }),
  };
  return (
    <Menu position="bottom-start">
      <Menu.Target><Button type="button" size="compact-md" variant="light" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={16} />}>{t("addPart")}</Button></Menu.Target>
      <Menu.Dropdown>
        {KINDS.filter((kind) => kind !== "group" || depth + 1 < DEPTH_MAX).map((kind) => <Menu.Item key={kind} onClick={() => { const part = make[kind](); if (part) onAdd(part); }}>{t(`parts.${kind}`)}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  );
}

type LinePart = Exclude<Part, GroupPart>;

function Line({ part, number, onChange }: { part: LinePart; number: number; onChange: (part: Part | null) => void }) {
  const { t } = useTranslation("segments");
  const { fields, isMarked } = useAround();
  const remove = t("removePart", { number });
  const isWrong = isMarked && !isFinished(part);
  const other = (written: string) => /^[\w.-]{1,80}$/.test(written) ? { ...factOf(`contact.${written}`), label: t("useFact", { name: written }) } : null;
  if (part.kind === "field") {
    return (
      <div className={classes["part"]} data-wrong={isWrong || undefined} role="group" aria-label={t("parts.field")}>
        <TestEditor test={part.test} fields={fields.contact} other={other} remove={remove} onChange={(test) => onChange(test && { kind: "field", test })} />
      </div>
    );
  }
  return (
    <div className={classes["part"]} data-wrong={isWrong || undefined} role="group" aria-label={part.kind === "other" ? t("parts.group") : t(`parts.${part.kind}`)}>
      <div className={classes["head"]}>
        <div style={{ minWidth: 0 }}>
          {part.kind === "event" ? <EventEditor part={part} onChange={onChange} />
            : part.kind === "deal" ? <DealEditor part={part} onChange={onChange} />
            : part.kind === "segment" ? <SegmentEditor part={part} onChange={onChange} />
            : <><Text size="sm" c="dimmed" mb={4}>{t("other")}</Text><Code block tabIndex={0}>{JSON.stringify(part.rule, null, 1)}</Code></>}
        </div>
        <ActionIcon variant="subtle" color="gray" aria-label={remove} onClick={() => onChange(null)}><IconX size={16} /></ActionIcon>
      </div>
    </div>
  );
}

function DealEditor({ part, onChange }: { part: Extract<Part, { kind: "deal" }>; onChange: (part: Part) => void }) {
  const { t } = useTranslation("segments");
  const { fields } = useAround();
  return (
    <>
      <Select w={200} aria-label={t("hasDeal")} allowDeselect={false} mb={8} value={part.isNot ? "not" : "has"} data={[{ value: "has", label: t("deal") }, { value: "not", label: t("noDeal") }]} onChange={(next) => onChange({ ...part, isNot: next === "not" })} />
      <div className={classes["wide"]}><GroupEditor group={part.group} fields={fields.deal} depth={1} onChange={(group) => onChange({ ...part, group })} /></div>
    </>
  );
}

function SegmentEditor({ part, onChange }: { part: Extract<Part, { kind: "segment" }>; onChange: (part: Part) => void }) {
  const { t } = useTranslation("segments");
  const { self } = useAround();
  const { data } = useQuery(segmentsQuery);
  const others = (data?.items ?? []).filter(({ id }) => id !== self);
  return (
    <div className={classes["line"]}>
      <Select w={160} aria-label={t("isIn")} allowDeselect={false} value={part.isNot ? "not" : "in"} data={[{ value: "in", label: t("in") }, { value: "not", label: t("notIn") }]} onChange={(next) => onChange({ ...part, isNot: next === "not" })} />
      <Select style={{ flex: "1 1 200px" }} aria-label={t("segment")} placeholder={t("chooseSegment")} searchable allowDeselect={false} value={part.id || null} data={others.map(({ id, name }) => ({ value: id, label: name }))} onChange={(id) => id && onChange({ ...part, id })} />
    </div>
  );
}
