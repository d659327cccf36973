import { ActionIcon, Button, Checkbox, MultiSelect, NumberInput, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { eventName } from "../../i18n";
import { catalogQuery } from "../api";
import { eventsName } from "../names";
import { GROUPS_MAX, PATH_STEPS, SESSION_GAP_DEFAULT_S, type Around, type PathsAsk } from "../ask";
import classes from "./Builder.module.css";
import { AddCondition, Conditions, EMPTY_CONDITION } from "./Conditions";
import { EventSelect } from "./EventsField";
import { Fold, Part } from "./Fold";
import { useProblem } from "./problems";
import { PropertySelect } from "./PropertySelect";
import { WithinField } from "./WithinField";

const LINKS_USUAL = 50;
const LINKS_MAX = 1_000;

interface Props {
  ask: PathsAsk;
  /** Names of the steps that the answer shows, to begin or end at. */
  labels: readonly string[];
  onChange: (ask: PathsAsk) => void;
}

const without = (ask: PathsAsk, ...keys: (keyof PathsAsk)[]): PathsAsk => Object.fromEntries(Object.entries(ask).filter(([key]) => !(keys as string[]).includes(key)));

/** What people do after or before something. */
export function PathsForm({ ask, labels, onChange }: Props) {
  const { t } = useTranslation("insights");
  const { data } = useQuery(catalogQuery());
  const events = [...new Set([...(data?.events.map(({ name }) => name) ?? []), ...(ask.events ?? [])])];
  const problem = useProblem("events");
  return (
    <>
      {ask.around && <AroundPart around={ask.around} ask={ask} onChange={onChange} />}
      <Part title={t("fromWhere")}>
        <PointSelect ask={ask} labels={labels} events={events} onChange={onChange} />
        <NumberInput label={t("pathSteps")} value={ask.max_steps ?? PATH_STEPS.usual} min={PATH_STEPS.min} max={PATH_STEPS.max} clampBehavior="strict" allowDecimal={false}
          onChange={(count) => { if (typeof count === "number" && count >= PATH_STEPS.min) onChange({ ...ask, max_steps: count }); }} />
      </Part>
      <Part title={t("whichEvents")}>
        <MultiSelect aria-label={t("whichEvents")} placeholder={ask.events?.length ? "" : t("allEvents")} searchable clearable data={events.map((name) => ({ value: name, label: eventName(name) }))} value={ask.events ?? []} error={problem}
          onChange={(next) => onChange({ ...without(ask, "events"), ...(next.length > 0 ? { events: next } : {}) })} />
        <Conditions value={ask.where} events={ask.events ?? []} field="where" onChange={(where) => onChange({ ...ask, where })} />
        {!ask.where?.length && <AddCondition onClick={() => onChange({ ...ask, where: [EMPTY_CONDITION] })} />}
      </Part>
      <Part title={t("toldApart")}>
        <ByProp ask={ask} onChange={onChange} />
      </Part>
      <Fold title={t("advanced")} count={(ask.group?.length ?? 0) + (ask.repeats ? 1 : 0) + (ask.session_gap_s ? 1 : 0) + (ask.top ? 1 : 0)}>
        <Groups ask={ask} onChange={onChange} />
        <WithinField label={t("sessionGap")} value={ask.session_gap_s ?? SESSION_GAP_DEFAULT_S} field="session_gap_s" onChange={(session_gap_s) => onChange({ ...ask, session_gap_s })} />
        <NumberInput label={t("linksShown")} value={ask.top ?? LINKS_USUAL} min={1} max={LINKS_MAX} clampBehavior="strict" allowDecimal={false}
          onChange={(top) => { if (typeof top === "number" && top >= 1) onChange({ ...ask, top }); }} />
        <Checkbox label={t("repeats")} description={t("repeatsHint")} checked={ask.repeats ?? false} onChange={(event) => onChange({ ...ask, repeats: event.currentTarget.checked })} />
      </Fold>
    </>
  );
}

/** The step of a funnel around which the paths lie: it was chosen in the funnel, and can be turned around or let go here. */
function AroundPart({ around, ask, onChange }: { around: Around; ask: PathsAsk; onChange: (ask: PathsAsk) => void }) {
  const { t } = useTranslation("insights");
  const problem = useProblem("around");
  const step = around.funnel.steps[around.step];
  const name = step?.name ?? eventsName(step?.event ?? []);
  return (
    <Part title={t("around")} actions={<ActionIcon size={28} aria-label={t("removeItem", { label: t("around") })} onClick={() => onChange(without(ask, "around"))}><IconX size={16} stroke={1.5} /></ActionIcon>}>
      <Text size="sm">{t(around.kind === "dropped" ? "aroundDropped" : "aroundReached", { step: name })}</Text>
      <SegmentedControl size="xs" fullWidth aria-label={t("around")} value={around.side} data={(["before", "after"] as const).map((side) => ({ value: side, label: t(`sides.${side}`) }))}
        onChange={(side) => onChange({ ...ask, around: { ...around, side: side === "before" ? "before" : "after" } })} />
      {problem && <Text size="xs" c="red" role="alert">{problem}</Text>}
    </Part>
  );
}

/** Where paths begin or end: an event, or a page or other step that is shown. */
function PointSelect({ ask, labels, events, onChange }: Props & { events: readonly string[] }) {
  const { t } = useTranslation("insights");
  const side = ask.end ? "end" : "start";
  const point = ask.start ?? ask.end ?? "";
  const startProblem = useProblem("start");
  const endProblem = useProblem("end");
  const others = [...new Set([...labels, ...(point ? [point] : [])])].filter((label) => !events.includes(label)).sort();
  const set = (nextSide: "start" | "end", label: string) => onChange({ ...without(ask, "start", "end"), ...(label === "" ? {} : { [nextSide]: label }) });
  return (
    <div className={classes["pair"]} style={{ gridTemplateColumns: "112px minmax(0, 1fr)" }}>
      <Select aria-label={t("pointSide")} value={side} data={[{ value: "start", label: t("beginAt") }, { value: "end", label: t("endAt") }]} disabled={point === ""} onChange={(next) => set(next === "end" ? "end" : "start", point)} />
      <Select aria-label={t("point")} searchable maxDropdownHeight={320} comboboxProps={{ width: "max-content", position: "bottom-end" }} value={point} error={startProblem ?? endProblem} nothingFoundMessage={t("noSuchEvent")}
        data={[{ value: "", label: t("anywhere") }, ...(others.length > 0 ? [{ group: t("shownSteps"), items: others.map((label) => ({ value: label, label })) }] : []), { group: t("events"), items: events.map((name) => ({ value: name, label: eventName(name) })) }]}
        onChange={(next) => set(side, next ?? "")} />
    </div>
  );
}

function ByProp({ ask, onChange }: Omit<Props, "labels">) {
  const { t } = useTranslation("insights");
  const { by_prop: rules = [] } = ask;
  const problem = useProblem("by_prop");
  const set = (next: typeof rules) => onChange({ ...ask, by_prop: next });
  return (
    <>
      {rules.map((rule, index) => (
        <div key={index} className={classes["rule"]}>
          <EventSelect label={t("event")} value={rule.event} error={problem} onChange={(event) => set(rules.with(index, { ...rule, event }))} />
          <PropertySelect label={t("byProperty", { name: eventName(rule.event) })} value={rule.prop} event={rule.event || undefined} onChange={(prop) => set(rules.with(index, { ...rule, prop }))} />
          <ActionIcon size={28} aria-label={t("removeItem", { label: eventName(rule.event) })} onClick={() => set(rules.toSpliced(index, 1))}><IconX size={16} stroke={1.5} /></ActionIcon>
        </div>
      ))}
      <p className={classes["quiet"]} style={{ margin: 0 }}>{t("toldApartHint")}</p>
      <Button variant="subtle" color="gray" size="compact-sm" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} />} onClick={() => set([...rules, { event: "", prop: "" }])}>{t("addToldApart")}</Button>
    </>
  );
}

function Groups({ ask, onChange }: Omit<Props, "labels">) {
  const { t } = useTranslation("insights");
  const { group = [] } = ask;
  const problem = useProblem("group");
  const set = (next: typeof group) => onChange({ ...ask, group: next });
  return (
    <div>
      <div className={classes["partHead"]}>{t("groups")}</div>
      <p className={classes["quiet"]} style={{ margin: "2px 0 8px" }}>{t("groupsHint")}</p>
      <Stack gap={8}>
        {group.map((rule, index) => (
          <div key={index} className={classes["rule"]}>
            <TextInput aria-label={t("groupMatch")} placeholder="/blog/*" value={rule.match} error={problem} onChange={(event) => set(group.with(index, { ...rule, match: event.currentTarget.value }))} />
            <TextInput aria-label={t("groupAs")} placeholder={t("groupAs")} value={rule.as} onChange={(event) => set(group.with(index, { ...rule, as: event.currentTarget.value }))} />
            <ActionIcon size={28} aria-label={t("removeItem", { label: rule.match })} onClick={() => set(group.toSpliced(index, 1))}><IconX size={16} stroke={1.5} /></ActionIcon>
          </div>
        ))}
        <Button variant="subtle" color="gray" size="compact-sm" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} />} disabled={group.length >= GROUPS_MAX} onClick={() => set([...group, { match: "", as: "" }])}>{t("addGroup")}</Button>
      </Stack>
    </div>
  );
}
