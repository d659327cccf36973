import { ActionIcon, Button, Menu, NumberInput, Select } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { readSpan, TIME_UNITS, writeSpan } from "../designs/values";
import { ManyValues } from "../insights/builder/Conditions";
import { EventSelect } from "../insights/builder/EventsField";
import { PropertySelect } from "../insights/builder/PropertySelect";
import { COMPARISONS, textOf, type EventPart } from "./rule";
import classes from "./Segments.module.css";

const DETAILS = ["where", "times", "which", "sum", "before"] as const;
type Detail = (typeof DETAILS)[number];
const WINDOWS = ["ever", "in_last", "within"] as const;
/** Properties that one condition asks of. */
const WHERE_MAX = 10;
/** As far as the API looks back. */
const DAYS_MAX = 3_660;
const TIMES_MAX = 10_000;

interface Props {
  part: EventPart;
  onChange: (part: EventPart) => void;
}

/** What they did or did not do: which event, when, and what it was like. */
export function EventEditor({ part, onChange }: Props) {
  const { t } = useTranslation("segments");
  const set = (change: Partial<EventPart>) => onChange({ ...part, ...change });
  const { window } = part;
  const windows = { ever: { kind: "ever" }, in_last: { kind: "in_last", days: 30 }, within: { kind: "within", span: "24 hours" } } as const;
  return (
    <>
      <div className={classes["line"]}>
        <Select w={160} aria-label={t("didOrNot")} allowDeselect={false} value={part.isNot ? "not" : "did"} data={[{ value: "did", label: t("did") }, { value: "not", label: t("didNot") }]} onChange={(next) => set({ isNot: next === "not" })} />
        <div style={{ flex: "1 1 200px", minWidth: 0 }}>
          {/* The properties of one event say nothing of another. */}
          <EventSelect label={t("event")} value={part.event} onChange={(event) => set(event === part.event ? {} : { event, where: [], sum: null })} />
        </div>
        <Select w={176} aria-label={t("when")} allowDeselect={false} value={window.kind} data={WINDOWS.map((value) => ({ value, label: t(`windows.${value}`) }))} onChange={(next) => next && set({ window: windows[next] })} />
        {window.kind === "in_last" && (
          <span className={classes["line"]}>
            <NumberInput w={88} aria-label={t("dayCount")} min={1} max={DAYS_MAX} allowDecimal={false} allowNegative={false} value={window.days ?? ""} onChange={(days) => set({ window: { kind: "in_last", days: typeof days === "number" && days > 0 ? days : null } })} />
            <span className={classes["quiet"]}>{t("days")}</span>
          </span>
        )}
        {window.kind === "within" && <SpanInput value={window.span} onChange={(span) => set({ window: { kind: "within", span } })} />}
      </div>
      <div className={classes["details"]}>
        <Details part={part} set={set} />
        <AddDetail part={part} set={set} />
      </div>
    </>
  );
}

type Set = (change: Partial<EventPart>) => void;

function AddDetail({ part, set }: { part: EventPart; set: Set }) {
  const { t } = useTranslation("segments");
  const starts: Record<Detail, { isOffered: boolean; change: Partial<EventPart> }> = {
    where: { isOffered: part.where.length < WHERE_MAX && part.where.every(([name]) => name !== ""), change: { where: [...part.where, ["", []]] } },
    times: { isOffered: part.times === 1 && !part.which, change: { times: 2 } },
    which: { isOffered: !part.which, change: { which: "last", times: 1 } },
    sum: { isOffered: !part.sum, change: { sum: { of: "value", comparison: "at_least", amount: null } } },
    before: { isOffered: part.before === null, change: { before: "1 day" } },
  };
  const offered = DETAILS.filter((name) => starts[name].isOffered);
  if (offered.length === 0) return null;
  return (
    <Menu position="bottom-start">
      <Menu.Target><Button type="button" size="compact-sm" variant="subtle" color="gray" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} />}>{t("addDetail")}</Button></Menu.Target>
      <Menu.Dropdown>{offered.map((name) => <Menu.Item key={name} onClick={() => set(starts[name].change)}>{t(`details.${name}`)}</Menu.Item>)}</Menu.Dropdown>
    </Menu>
  );
}

function Details({ part, set }: { part: EventPart; set: Set }) {
  const { t } = useTranslation(["segments", "records"]);
  const { event, where, times, which, sum, before } = part;
  return (
    <>
      {where.map(([name, value], index) => (
        <Row key={index} label={t("where")} remove={t("removeDetail", { name: name || t("details.where") })} onRemove={() => set({ where: where.toSpliced(index, 1) })}>
          <div style={{ flex: "1 1 140px", minWidth: 0 }}><PropertySelect label={t("property")} value={name} event={event || undefined} onChange={(next) => set({ where: where.with(index, [next, []]) })} /></div>
          <div style={{ flex: "2 1 180px", minWidth: 0 }}><ManyValues label={t("value")} prop={name} events={event ? [event] : []} values={asTexts(value)} onChange={(next) => set({ where: where.with(index, [name, fromTexts(next, value)]) })} /></div>
        </Row>
      ))}
      {times > 1 && (
        <Row label={t("atLeast")} remove={t("removeDetail", { name: t("details.times") })} onRemove={() => set({ times: 1 })}>
          <NumberInput w={88} aria-label={t("details.times")} min={2} max={TIMES_MAX} clampBehavior="strict" allowDecimal={false} allowNegative={false} value={times} onChange={(next) => { if (typeof next === "number" && next > 1) set({ times: next }); }} />
          <span className={classes["quiet"]}>{t("times")}</span>
        </Row>
      )}
      {which && (
        <Row label={t("only")} remove={t("removeDetail", { name: t("details.which") })} onRemove={() => set({ which: null })}>
          <Select w={200} aria-label={t("details.which")} allowDeselect={false} value={which} data={(["first", "last"] as const).map((value) => ({ value, label: t(`which.${value}`) }))} onChange={(next) => next && set({ which: next })} />
        </Row>
      )}
      {sum && (
        <Row label={t("sumOf")} remove={t("removeDetail", { name: t("details.sum") })} onRemove={() => set({ sum: null })}>
          <div style={{ flex: "1 1 140px", minWidth: 0 }}><PropertySelect label={t("property")} value={sum.of} event={event || undefined} onChange={(of) => set({ sum: { ...sum, of } })} /></div>
          <Select w={132} aria-label={t("comparison")} allowDeselect={false} value={sum.comparison} data={COMPARISONS.map((value) => ({ value, label: t(`records:operators.${value}`) }))} onChange={(next) => next && set({ sum: { ...sum, comparison: next } })} />
          <NumberInput w={120} aria-label={t("amount")} hideControls inputMode="decimal" thousandSeparator=" " value={sum.amount ?? ""} onChange={(next) => set({ sum: { ...sum, amount: typeof next === "number" ? next : null } })} />
        </Row>
      )}
      {before !== null && (
        <Row label={t("moreThan")} remove={t("removeDetail", { name: t("details.before") })} onRemove={() => set({ before: null })}>
          <SpanInput value={before} onChange={(next) => set({ before: next })} />
          <span className={classes["quiet"]}>{t("ago")}</span>
        </Row>
      )}
    </>
  );
}

function Row({ label, remove, onRemove, children }: { label: string; remove: string; onRemove: () => void; children: ReactNode }) {
  return (
    <div className={classes["detail"]} role="group" aria-label={label}>
      <span className={classes["quiet"]}>{label}</span>
      <div className={classes["detailFields"]}>{children}</div>
      <ActionIcon variant="subtle" color="gray" aria-label={remove} onClick={onRemove}><IconX size={16} /></ActionIcon>
    </div>
  );
}

/** `7 days`: a number and its unit; empty while there is no number. */
function SpanInput({ value, onChange }: { value: string; onChange: (span: string) => void }) {
  const { t } = useTranslation("segments");
  const span = readSpan(value);
  const unit = span?.unit ?? "days";
  return (
    <span className={classes["line"]} style={{ flexWrap: "nowrap" }}>
      <NumberInput w={80} aria-label={t("span")} min={1} max={10_000} allowDecimal={false} allowNegative={false} value={span?.count ?? ""} onChange={(count) => onChange(typeof count === "number" && count > 0 ? writeSpan({ count, unit }) : "")} />
      <Select w={112} aria-label={t("unit")} allowDeselect={false} value={unit} data={TIME_UNITS.map((one) => ({ value: one, label: t(`units.${one}`) }))} onChange={(next) => next && onChange(writeSpan({ count: span?.count ?? 1, unit: next }))} />
    </span>
  );
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : value === "" || value === null || value === undefined ? [] : [value]);
const asTexts = (value: unknown): string[] => listOf(value).map(textOf);

/** What was a number or a truth stays one; what is written anew is text, which the API compares with either. */
function fromTexts(texts: readonly string[], former: unknown): unknown {
  const known = new Map(listOf(former).map((one) => [textOf(one), one]));
  const values = texts.map((text) => known.get(text) ?? text);
  return values.length === 1 ? values[0] : values;
}
