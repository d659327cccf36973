import { ActionIcon, Button, Group, Select, TextInput } from "@mantine/core";
import { IconFilterPlus, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ALTERNATIVES_MAX, BRACKETS_MAX, COHORTS, CONDITIONS_MAX, lean, MODES, type Condition, type LifecycleAsk, type RetentionAsk, type StagesAsk } from "../ask";
import { BRACKETS_USUAL } from "../question";
import { Conditions, EMPTY_CONDITION } from "./Conditions";
import { EventsField } from "./EventsField";
import { Part } from "./Fold";
import { useProblem } from "./problems";
import { PropertySelect } from "./PropertySelect";

interface EventPartProps {
  title: string;
  event: readonly string[];
  where: readonly Condition[] | undefined;
  onChange: (next: { event?: string[]; where?: Condition[] }) => void;
}

/** One event with conditions, for questions that ask about one. */
function EventPart({ title, event, where = [], onChange }: EventPartProps) {
  const { t } = useTranslation("insights");
  const [isAdding, setIsAdding] = useState(false);
  return (
    <Part title={title}
      actions={
        <ActionIcon aria-label={t("addFilterTo", { label: title })} disabled={where.length >= CONDITIONS_MAX} onClick={() => onChange({ where: [...where, EMPTY_CONDITION] })}><IconFilterPlus size={18} stroke={1.5} /></ActionIcon>
      }>
      <EventsField value={event} label={title} field="event" isAdding={isAdding} onAdded={() => setIsAdding(false)} onChange={(next) => onChange({ event: next })} />
      <Conditions value={where} events={event} field="where" onChange={(next) => onChange({ where: next })} />
      {event.length > 0 && event.length < ALTERNATIVES_MAX && !isAdding && (
        <Group gap={4}><Button variant="subtle" color="gray" size="compact-sm" leftSection={<IconPlus size={14} />} onClick={() => setIsAdding(true)}>{t("orAnother")}</Button></Group>
      )}
    </Part>
  );
}

/** How the people who do something come and go. */
export function LifecycleForm({ ask, onChange }: { ask: LifecycleAsk; onChange: (ask: LifecycleAsk) => void }) {
  const { t } = useTranslation("insights");
  return (
    <>
      <EventPart title={t("activeWhen")} event={ask.event} where={ask.where} onChange={(next) => onChange({ ...ask, ...next })} />
      <Part title={t("readAs")}>
        {(["new", "returning", "resurrecting", "dormant"] as const).map((name) => (
          <div key={name} style={{ fontSize: 13, lineHeight: "20px" }}><strong>{t(`lifecycle.${name}`)}:</strong> <span style={{ color: "var(--ink-quiet)" }}>{t(`lifecycle.${name}Hint`)}</span></div>
        ))}
      </Part>
    </>
  );
}

/** How long deals or people stay in each stage. */
export function StagesForm({ ask, onChange }: { ask: StagesAsk; onChange: (ask: StagesAsk) => void }) {
  const { t } = useTranslation("insights");
  const propProblem = useProblem("prop");
  const unitProblem = useProblem("unit");
  const [isAdding, setIsAdding] = useState(false);
  const event = ask.event.length === 1 ? ask.event[0] : undefined;
  const exit = ask.exit ?? [];
  return (
    <>
      <EventPart title={t("stageEntered")} event={ask.event} where={ask.where} onChange={(next) => onChange({ ...ask, ...next })} />
      <Part title={t("how")}>
        <PropertySelect label={t("stageProp")} isLabelShown value={ask.prop} event={event} error={propProblem} onChange={(prop) => onChange({ ...ask, prop })} />
        <PropertySelect label={t("stageUnit")} isLabelShown value={ask.unit ?? ""} none={t("counts.people")} event={event} error={unitProblem} onChange={(unit) => onChange(lean({ ...ask, unit: unit === "" ? undefined : unit }))} />
      </Part>
      <Part title={t("stageExit")}>
        <EventsField value={exit} label={t("stageExit")} field="exit" none={t("stageNoExit")} isAdding={isAdding} onAdded={() => setIsAdding(false)} onChange={(next) => onChange(lean({ ...ask, exit: next }))} />
        {exit.length > 0 && !isAdding && <Group gap={4}><Button variant="subtle" color="gray" size="compact-sm" leftSection={<IconPlus size={14} />} onClick={() => setIsAdding(true)}>{t("orAnother")}</Button></Group>}
      </Part>
    </>
  );
}

/** Who comes back, to do what, and when that counts. */
export function RetentionForm({ ask, onChange }: { ask: RetentionAsk; onChange: (ask: RetentionAsk) => void }) {
  const { t } = useTranslation("insights");
  const mode = ask.mode ?? "n_day";
  return (
    <>
      <EventPart title={t("peopleWho")} event={ask.event} where={ask.where} onChange={(next) => onChange({ ...ask, ...next })} />
      <Part title={t("cameBackTo")}>
        <EventsField value={ask.returning ?? []} label={t("cameBackTo")} field="returning" none={t("theSameEvent")} onChange={(returning) => onChange({ ...ask, returning })} />
      </Part>
      <Part title={t("how")}>
        <Select label={t("retainedWhen")} value={mode} data={MODES.map((value) => ({ value: value, label: t(`modes.${value}`) }))}
          onChange={(value) => onChange({ ...ask, mode: MODES.find((known) => known === value) ?? mode })} />
        {mode === "bracket" && <Brackets ask={ask} onChange={onChange} />}
        <Select label={t("cohortOf")} value={ask.cohort ?? "first"} data={COHORTS.map((value) => ({ value: value, label: t(`cohorts.${value}`) }))}
          onChange={(value) => onChange({ ...ask, cohort: COHORTS.find((known) => known === value) ?? "first" })} />
      </Part>
    </>
  );
}

const bracketsOf = (text: string): number[] =>
  text.split(/[\s,;]+/).map(Number).filter((length) => Number.isInteger(length) && length > 0).slice(0, BRACKETS_MAX);

function Brackets({ ask, onChange }: { ask: RetentionAsk; onChange: (ask: RetentionAsk) => void }) {
  const { t } = useTranslation("insights");
  const problem = useProblem("brackets");
  const [text, setText] = useState((ask.brackets ?? BRACKETS_USUAL).join(", "));
  return (
    <TextInput label={t("brackets")} description={t("bracketsHint")} value={text} error={problem} inputMode="numeric"
      onChange={(event) => {
        setText(event.currentTarget.value);
        const brackets = bracketsOf(event.currentTarget.value);
        onChange(lean({ ...ask, brackets }));
      }} />
  );
}
