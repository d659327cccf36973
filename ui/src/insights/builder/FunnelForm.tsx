import { ActionIcon, Button, Checkbox, Menu, MultiSelect, NumberInput, Select, Stack } from "@mantine/core";
import { IconArrowBounce, IconCheck, IconClock, IconFilterPlus, IconPlus, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { catalogQuery } from "../api";
import { COUNTS, EXCLUSIONS_MAX, FUNNEL_TOP, HOLD_MAX, lean, ORDERS, STEPS_MAX, STEPS_MIN, WINDOW_DEFAULT_S, type Exclusion, type FunnelAsk, type Order, type Step } from "../ask";
import { eventsName, propertyName } from "../names";
import classes from "./Builder.module.css";
import { Conditions, EMPTY_CONDITION } from "./Conditions";
import { EventsField } from "./EventsField";
import { Fold, Part } from "./Fold";
import { ItemRow, moved } from "./ItemRow";
import { useProblem } from "./problems";
import { PropertySelect } from "./PropertySelect";
import { WithinField } from "./WithinField";

interface Props {
  ask: FunnelAsk;
  onChange: (ask: FunnelAsk) => void;
}

const TOUCHES = ["first_touch", "last_touch", "all_events"] as const;

/** What people do, in which order and how soon. */
export function FunnelForm({ ask, onChange }: Props) {
  const { t } = useTranslation("insights");
  const { steps } = ask;
  const set = (next: Step[]) => onChange({ ...ask, steps: next });
  // In other orders no step can be skipped or has a window of its own.
  const ordered = (ask.order ?? "ordered") === "ordered";
  return (
    <>
      <Part title={t("steps")}>
        <ol className={classes["items"]}>
          {steps.map((step, index) => (
            <ItemRow key={index} item={step} index={index} count={steps.length} mark={String(index + 1)} label={t("stepNumber", { number: index + 1 })} field={`steps.${index}`}
              canRemove={steps.length > STEPS_MIN} onChange={(next) => set(steps.with(index, next))} onMove={(by) => set(moved(steps, index, by))} onRemove={() => onChange(withoutStep(ask, index))}
              choices={ordered && index > 0 && (
                <>
                  {index < steps.length - 1 && <Menu.Item leftSection={step.optional ? <IconCheck size={16} stroke={1.5} /> : <IconArrowBounce size={16} stroke={1.5} />} onClick={() => set(steps.with(index, toggled(step)))}>{t("maySkip")}</Menu.Item>}
                  <Menu.Item leftSection={<IconClock size={16} stroke={1.5} />} disabled={step.window_s !== undefined} onClick={() => set(steps.with(index, { ...step, window_s: DAY_S }))}>{t("stepWithin")}</Menu.Item>
                </>
              )}>
              {ordered && step.optional && index > 0 && index < steps.length - 1 && <span className={classes["quiet"]}>{t("skippable")}</span>}
              {ordered && step.window_s !== undefined && index > 0 && (
                <div className={classes["rule"]} style={{ gridTemplateColumns: "minmax(0, 1fr) 28px", alignItems: "end" }}>
                  <WithinField label={t("sinceStepBefore")} value={step.window_s} field={`steps.${index}.window_s`} onChange={(window_s) => set(steps.with(index, { ...step, window_s }))} />
                  <ActionIcon size={28} mb={4} aria-label={t("removeItem", { label: t("sinceStepBefore") })} onClick={() => set(steps.with(index, lean({ ...step, window_s: undefined })))}><IconX size={16} stroke={1.5} /></ActionIcon>
                </div>
              )}
            </ItemRow>
          ))}
        </ol>
        <Button variant="light" size="compact-md" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={16} />} disabled={steps.length >= STEPS_MAX} onClick={() => set([...steps, { event: [] }])}>{t("addStep")}</Button>
      </Part>
      <Part title={t("how")}>
        <Select label={t("order")} value={ask.order ?? "ordered"} data={ORDERS.map((value) => ({ value: value, label: t(`orders.${value}`) }))}
          onChange={(value) => onChange(inOrder(ask, ORDERS.find((known) => known === value) ?? "ordered"))} />
        <WithinField label={t("within")} value={ask.window_s ?? WINDOW_DEFAULT_S} field="window_s" onChange={(window_s) => onChange({ ...ask, window_s })} />
        <CountFields ask={ask} onChange={onChange} />
      </Part>
      <FunnelBreakdown ask={ask} onChange={onChange} />
      <FunnelExtras ask={ask} onChange={onChange} />
    </>
  );
}

const DAY_S = 86_400;

function toggled(step: Step): Step {
  const next = { ...step, optional: true };
  if (step.optional) delete (next as Step).optional;
  return next;
}

/** What another order cannot have goes with the change. */
function inOrder(ask: FunnelAsk, order: Order): FunnelAsk {
  if (order === "ordered") return { ...ask, order };
  const steps = ask.steps.map((step) => lean({ ...step, optional: undefined, window_s: undefined }) as Step);
  const isAny = order === "unordered";
  return lean({ ...ask, order, steps, count: ask.count === "totals" ? undefined : ask.count, first_ever: isAny ? undefined : ask.first_ever, value: isAny ? undefined : ask.value });
}

const OF_PROPERTY = "property";

/** What is counted, people unless something else is asked for. */
function CountFields({ ask, onChange }: Props) {
  const { t } = useTranslation("insights");
  const [isChoosing, setIsChoosing] = useState(false);
  const problem = useProblem("count");
  const isOfProperty = isChoosing || ask.count_prop !== undefined;
  const ordered = (ask.order ?? "ordered") === "ordered";
  const words = COUNTS.filter((count) => ordered || count !== "totals");
  return (
    <>
      <Select label={t("countWhat")} value={isOfProperty ? OF_PROPERTY : (ask.count ?? "people")} error={problem}
        data={[...words.map((count) => ({ value: count, label: t(`counts.${count}`) })), { value: OF_PROPERTY, label: t("counts.property") }]}
        onChange={(value) => {
          setIsChoosing(value === OF_PROPERTY);
          const count = COUNTS.find((known) => known === value);
          onChange(lean({ ...ask, count_prop: undefined, count: count === "people" ? undefined : count }));
        }} />
      {isOfProperty && <PropertySelect label={t("countProperty")} isLabelShown value={ask.count_prop ?? ""} onChange={(count_prop) => onChange(lean({ ...ask, count: undefined, count_prop }))} />}
    </>
  );
}

/** Exclusions and the measured time name steps by their place: they follow when one goes. */
function withoutStep(ask: FunnelAsk, index: number): FunnelAsk {
  const steps = ask.steps.toSpliced(index, 1);
  const last = steps.length - 1;
  const place = (step: number) => Math.min(step > index ? step - 1 : step, last);
  const exclusions = ask.exclusions?.map((one) => ({ ...one, from_step: Math.min(place(one.from_step), last - 1), to_step: Math.max(place(one.to_step), 1) }))
    .map((one) => (one.from_step < one.to_step ? one : { ...one, to_step: one.from_step + 1 }));
  const next: FunnelAsk = { ...ask, steps, ...(exclusions ? { exclusions } : {}) };
  delete next.time;
  return next;
}

function FunnelBreakdown({ ask, onChange }: Props) {
  const { t } = useTranslation("insights");
  const { breakdown, steps } = ask;
  const problem = useProblem("breakdown.prop");
  const attributionProblem = useProblem("breakdown.attribution");
  const without = { ...ask };
  delete without.breakdown;
  return (
    <Part title={t("breakdown")}>
      <PropertySelect label={t("breakdownBy")} value={breakdown?.prop ?? ""} none={t("nothing")} error={problem}
        onChange={(prop) => onChange(prop === "" ? without : { ...ask, breakdown: { ...breakdown, prop } })} />
      {breakdown && <PropertySelect label={t("breakdownAnd")} value={breakdown.and ?? ""} none={t("breakdownAndNone")} onChange={(and) => onChange({ ...ask, breakdown: lean({ ...breakdown, and: and === "" ? undefined : and }) })} />}
      {breakdown && (
        <div className={classes["pair"]}>
          <Select label={t("countedBy")} value={breakdown.attribution ?? "first_touch"} error={attributionProblem} comboboxProps={{ width: "max-content", position: "bottom-start" }}
            data={[...TOUCHES.map((value) => ({ value: value, label: t(`attributions.${value}`) })), ...steps.flatMap((step, index) => (step.optional ? [] : [index])).map((index) => ({ value: `step:${index}`, label: t("attributions.step", { number: index + 1 }) }))]}
            onChange={(attribution) => { if (attribution) onChange({ ...ask, breakdown: { ...breakdown, attribution } }); }} />
          <TopInput value={breakdown.top ?? FUNNEL_TOP.usual} max={FUNNEL_TOP.max} onChange={(top) => onChange({ ...ask, breakdown: { ...breakdown, top } })} />
        </div>
      )}
    </Part>
  );
}

/** How many values are shown by name. */
export function TopInput({ value, max, onChange }: { value: number; max: number; onChange: (top: number) => void }) {
  const { t } = useTranslation("insights");
  const problem = useProblem("breakdown.top");
  return (
    <NumberInput label={t("topValues")} value={value} min={1} max={max} clampBehavior="strict" allowDecimal={false} allowNegative={false} error={problem}
      onChange={(next) => { if (typeof next === "number" && next >= 1) onChange(next); }} />
  );
}

function FunnelExtras({ ask, onChange }: Props) {
  const { t } = useTranslation("insights");
  const { data } = useQuery(catalogQuery());
  const { exclusions = [], hold = [], steps } = ask;
  const holdProblem = useProblem("hold");
  const valueProblem = useProblem("value");
  const last = steps.length - 1;
  const setExclusions = (next: Exclusion[]) => onChange({ ...ask, exclusions: next });
  const names = [...new Set([...(data?.properties ?? []), ...hold])];
  return (
    <Fold title={t("advanced")} count={exclusions.length + (hold.length > 0 ? 1 : 0) + (ask.entry_only ? 1 : 0) + (ask.first_ever ? 1 : 0) + (ask.value ? 1 : 0)}>
      <div>
        <div className={classes["partHead"]}>{t("exclusions")}</div>
        <p className={classes["quiet"]} style={{ margin: "2px 0 8px" }}>{t("exclusionsHint")}</p>
        <Stack gap={12}>
          {exclusions.map((one, index) => (
            <ExclusionRow key={index} item={one} index={index} ask={ask} onChange={(next) => setExclusions(exclusions.with(index, next))} onRemove={() => setExclusions(exclusions.toSpliced(index, 1))} />
          ))}
          <Button variant="subtle" color="gray" size="compact-sm" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} />} disabled={exclusions.length >= EXCLUSIONS_MAX}
            onClick={() => setExclusions([...exclusions, { event: [], from_step: 0, to_step: Math.max(last, 1) }])}>{t("addExclusion")}</Button>
        </Stack>
      </div>
      <MultiSelect label={t("hold")} description={t("holdHint")} searchable clearable data={names.map((name) => ({ value: name, label: propertyName(name) }))} value={hold} maxValues={HOLD_MAX} error={holdProblem}
        onChange={(next) => onChange({ ...ask, hold: next })} />
      {ask.order !== "unordered" && (
        <PropertySelect label={t("valueSum")} isLabelShown value={ask.value ?? ""} none={t("nothing")} onChange={(value) => onChange(lean({ ...ask, value: value === "" ? undefined : value }))} error={valueProblem} />
      )}
      {ask.order !== "unordered" && <Checkbox label={t("firstEver")} description={t("firstEverHint")} checked={ask.first_ever ?? false} onChange={(event) => onChange({ ...ask, first_ever: event.currentTarget.checked })} />}
      <Checkbox label={t("entryOnly")} description={t("entryOnlyHint")} checked={ask.entry_only ?? false} onChange={(event) => onChange({ ...ask, entry_only: event.currentTarget.checked })} />
    </Fold>
  );
}

interface ExclusionProps {
  item: Exclusion;
  index: number;
  ask: FunnelAsk;
  onChange: (item: Exclusion) => void;
  onRemove: () => void;
}

function ExclusionRow({ item, index, ask, onChange, onRemove }: ExclusionProps) {
  const { t } = useTranslation("insights");
  const last = ask.steps.length - 1;
  const problem = useProblem(`exclusions.${index}.to_step`);
  const label = t("exclusionNumber", { number: index + 1 });
  const stepName = (step: number) => `${step + 1}. ${eventsName(ask.steps[step]?.event ?? []) || t("stepEmpty")}`;
  const choices = (from: number, to: number) => Array.from({ length: Math.max(to - from + 1, 0) }, (_, place) => ({ value: String(from + place), label: stepName(from + place) }));
  return (
    <div className={classes["conditions"]} role="group" aria-label={label}>
      <div className={classes["rule"]} style={{ gridTemplateColumns: "minmax(0, 1fr) 28px 28px" }}>
        <EventsField value={item.event} label={label} field={`exclusions.${index}.event`} onChange={(event) => onChange({ ...item, event })} />
        <ActionIcon size={28} aria-label={t("addFilterTo", { label })} onClick={() => onChange({ ...item, where: [...(item.where ?? []), EMPTY_CONDITION] })}><IconFilterPlus size={16} stroke={1.5} /></ActionIcon>
        <ActionIcon size={28} aria-label={t("removeItem", { label })} onClick={onRemove}><IconX size={16} stroke={1.5} /></ActionIcon>
      </div>
      <Conditions value={item.where} events={item.event} field={`exclusions.${index}.where`} onChange={(where) => onChange({ ...item, where })} />
      {ask.order !== "unordered" && (
        <div className={classes["pair"]}>
          <Select label={t("between")} data={choices(0, last - 1)} value={String(item.from_step)} comboboxProps={{ width: "max-content", position: "bottom-start" }}
            onChange={(step) => onChange({ ...item, from_step: Number(step), to_step: Math.max(item.to_step, Number(step) + 1) })} />
          <Select label={t("andStep")} data={choices(item.from_step + 1, last)} value={String(item.to_step)} error={problem} comboboxProps={{ width: "max-content", position: "bottom-end" }} onChange={(step) => onChange({ ...item, to_step: Number(step) })} />
        </div>
      )}
    </div>
  );
}
