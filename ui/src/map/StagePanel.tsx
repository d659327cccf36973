import { ActionIcon, Autocomplete, Button, Drawer, Group, NumberInput, SegmentedControl, Select, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconTrash, IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { SaveBar } from "../components/SaveBar";
import { languageName } from "../contacts/ContactsScreen";
import { usersQuery } from "../deals/api";
import { eventOf, stageName } from "../funnels/document";
import { eventName } from "../i18n";
import { ownText, textFor, withText } from "../localized";
import { useMay } from "../session/useMay";
import { eventNamesQuery } from "../settings/api";
import { STAGES_MIN } from "../designs/stages";
import { withEvent, type DraftStage } from "./stages";
import { ContentEditor } from "./ContentEditor";
import type { Library } from "./content";
import { Finding } from "./FindingsBadge";
import findingClasses from "./Findings.module.css";
import type { MapFinding } from "./findings";
import { SaveProblem } from "./SaveProblem";
import classes from "./StagePanel.module.css";
import { PERIODS, readPeople, readRate, readTime, UNITS, writePeople, writeRate, writeTime, type TimeTarget } from "./targets";
import type { FunnelDraft } from "./useFunnelDraft";

const NAME_CHARS_MAX = 80;
const PURPOSE_CHARS_MAX = 500;
const PEOPLE_MAX = 1_000_000_000;
const TIME_MAX = 10_000;
const FORM = "stage-panel";
const ROLES = ["owner", "admin", "marketer", "manager", "rep"] as const;

interface Props {
  draft: FunnelDraft;
  stage: DraftStage;
  library: Library;
  findings: readonly MapFinding[];
  onClose: () => void;
  onPeople: (stage: number) => void;
}

/** A stage beside the map: what it is called and for, what is hoped for, who answers for it, what people see there. */
export default function StagePanel({ draft, stage, library, findings, onClose, onPeople }: Props) {
  const { t, i18n } = useTranslation(["map", "common"]);
  const may = useMay();
  const isFixed = !may("funnels.write");
  const languages = draft.document.locales;
  const [language, setLanguage] = useState(languages.find((code) => code === i18n.language) ?? languages[0] ?? "en");
  const [isRemoving, setIsRemoving] = useState(false);
  const index = draft.stages.findIndex(({ key }) => key === stage.key);
  const number = index + 1;
  const name = stageName(stage, i18n.language) || t("newStage");
  const change = (next: Partial<DraftStage>) => draft.change(stage.key, next);
  const errorAt = (field: string) => draft.errorAt(`stages.${index}.${field}`);
  return (
    <Drawer opened onClose={onClose} size={480} title={<Text component="span" fw={600}>{name}</Text>} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form id={FORM} className={classes["form"]} noValidate onSubmit={(event) => { event.preventDefault(); draft.save(); }}>
        <Group justify="space-between">
          {!isFixed ? (
            <Group gap={0}>
              <ActionIcon aria-label={t("edit.up", { number })} disabled={index === 0} onClick={() => draft.move(stage.key, -1)}><IconArrowUp size={18} stroke={1.5} /></ActionIcon>
              <ActionIcon aria-label={t("edit.down", { number })} disabled={number === draft.stages.length} onClick={() => draft.move(stage.key, 1)}><IconArrowDown size={18} stroke={1.5} /></ActionIcon>
              <ActionIcon aria-label={t("edit.remove", { number })} disabled={draft.stages.length <= STAGES_MIN} onClick={() => setIsRemoving(true)}><IconTrash size={18} stroke={1.5} /></ActionIcon>
            </Group>
          ) : <span />}
          {!stage.isNew && <Button variant="subtle" size="compact-sm" leftSection={<IconUsers size={16} stroke={1.5} />} onClick={() => onPeople(index)}>{t("showPeople")}</Button>}
        </Group>
        <SaveProblem draft={draft} index={index} />
        {languages.length > 1 && <SegmentedControl size="xs" fullWidth value={language} onChange={setLanguage} aria-label={t("edit.writtenIn")} data={languages.map((code) => ({ value: code, label: languageName(code) }))} />}
        <TextInput label={t("edit.name")} maxLength={NAME_CHARS_MAX} readOnly={isFixed} value={ownText(stage.name, language)} placeholder={textFor(stage.name, language) || stage.id} error={errorAt("name") ?? errorAt("id")} data-autofocus
          onChange={(event) => change({ name: withText(stage.name, language, event.currentTarget.value, languages) })} />
        <Textarea label={t("purpose")} description={t("purposeHint")} autosize minRows={2} maxRows={6} maxLength={PURPOSE_CHARS_MAX} readOnly={isFixed} value={ownText(stage.purpose, language)} placeholder={textFor(stage.purpose, language)} error={errorAt("purpose")}
          onChange={(event) => change({ purpose: withText(stage.purpose, language, event.currentTarget.value, languages) })} />
        <EventField stage={stage} isFixed={isFixed} error={errorAt("enters_on")} onChange={change} />
        <Owner value={stage.owner ?? ""} isFixed={isFixed} error={errorAt("owner")} onChange={(owner) => change({ owner })} />
        <Part title={t("target")}><Targets stage={stage} isFixed={isFixed} isLast={number === draft.stages.length} error={errorAt("target")} onChange={change} /></Part>
        <Part title={t("timeLimit")}><TimeLimit stage={stage} isFixed={isFixed} error={errorAt("time")} onChange={change} /></Part>
        <Part title={t("content")}>
          <ContentEditor stage={stage} library={library} language={language} languages={languages} isFixed={isFixed} errorAt={(place) => errorAt(`content.${place}`)} onChange={(content) => change({ content })} />
        </Part>
        {findings.length > 0 && (
          <Part title={t("findings")}>
            <ul className={`${findingClasses["list"] ?? ""} ${classes["findings"] ?? ""}`}>{findings.map((finding, at) => <Finding key={at} finding={finding} />)}</ul>
          </Part>
        )}
      </form>
      {!isFixed && <SaveBar form={FORM} isDirty={draft.isDirty} isSaving={draft.isSaving} label={t("publish")} onDiscard={draft.discard} />}
      <ConfirmDialog isOpen={isRemoving} title={t("removeTitle", { stage: name })} confirm={t("remove")} onCancel={() => setIsRemoving(false)} onConfirm={() => { setIsRemoving(false); onClose(); draft.remove(stage.key); }}>
        {t("removeText")}
      </ConfirmDialog>
    </Drawer>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className={classes["part"]}>
      <Title order={3} size="h4">{title}</Title>
      {children}
    </section>
  );
}

interface FieldProps {
  stage: DraftStage;
  isFixed: boolean;
  error: string | undefined;
  onChange: (next: Partial<DraftStage>) => void;
}

function EventField({ stage, isFixed, error, onChange }: FieldProps) {
  const { t } = useTranslation("map");
  useTranslation("events");
  const { data: catalog } = useQuery(eventNamesQuery);
  const event = eventOf(stage.enters_on);
  const known = [...new Set([...(catalog?.events ?? []).map(({ name }) => name), event].filter(Boolean))];
  return (
    <Autocomplete label={t("edit.entersOn")} readOnly={isFixed} value={event} data={known} error={error} placeholder={t("edit.chooseEvent")} limit={50} onChange={(next) => onChange({ enters_on: withEvent(stage.enters_on, next) })}
      renderOption={({ option }) => <span>{eventName(option.value)}{eventName(option.value) !== option.value && <Text span size="xs" c="dimmed"> · {option.value}</Text>}</span>} />
  );
}

/** A role, somebody of the team, or a word of the company's own. */
function Owner({ value, isFixed, error, onChange }: { value: string; isFixed: boolean; error: string | undefined; onChange: (owner: string) => void }) {
  const { t } = useTranslation(["map", "common"]);
  const { data: users } = useQuery(usersQuery);
  const names = (users?.items ?? []).map(({ name }) => name).filter((name) => !ROLES.some((role) => role === name));
  const label = (option: string) => ROLES.find((role) => role === option);
  return (
    <Autocomplete label={t("owner")} description={t("ownerHint")} maxLength={NAME_CHARS_MAX} readOnly={isFixed} value={value} error={error} data={[...ROLES, ...new Set(names)]} onChange={onChange}
      renderOption={({ option }) => {
        const role = label(option.value);
        return <span>{role ? t(`common:roles.${role}`) : option.value}{role && <Text span size="xs" c="dimmed"> · {role}</Text>}</span>;
      }} />
  );
}

/** Leaves out what is empty, so that an untouched document stays as it was written. */
const lean = <T extends object>(value: T): T | undefined => {
  const full = Object.fromEntries(Object.entries(value as Record<string, unknown>).filter(([, part]) => part !== undefined && part !== null)) as T;
  return Object.keys(full).length > 0 ? full : undefined;
};

function Targets({ stage, isFixed, isLast, error, onChange }: FieldProps & { isLast: boolean }) {
  const { t } = useTranslation("map");
  const { people, converts, within } = stage.target ?? {};
  const [count, rate] = [readPeople(people), readRate(converts)];
  const set = (next: Partial<NonNullable<DraftStage["target"]>>) => onChange({ target: lean({ ...stage.target, ...next }) });
  return (
    <Stack gap="sm">
      <Group gap="xs" align="flex-end" wrap="nowrap" grow preventGrowOverflow={false}>
        <NumberInput label={t("targetPeople")} min={1} max={PEOPLE_MAX} allowDecimal={false} thousandSeparator=" " readOnly={isFixed} value={count?.count ?? ""} error={error}
          onChange={(next) => set({ people: Number(next) > 0 ? writePeople({ count: Number(next), per: count?.per ?? "month" }) : undefined })} />
        <Select aria-label={t("targetPer")} readOnly={isFixed} disabled={!count} value={count?.per ?? "month"} data={PERIODS.map((value) => ({ value, label: t(`per.${value}`) }))}
          onChange={(per) => { const found = PERIODS.find((known) => known === per); if (count && found) set({ people: writePeople({ ...count, per: found }) }); }} />
      </Group>
      {!isLast && (
        <NumberInput label={t("targetRate")} min={0} max={100} decimalScale={2} suffix=" %" readOnly={isFixed} value={rate === null ? "" : Math.round(rate * 10_000) / 100}
          onChange={(next) => set({ converts: next === "" ? undefined : writeRate(Number(next)) })} />
      )}
      {!isLast && <TimeField label={t("targetWithin")} value={readTime(within)} isFixed={isFixed} onChange={(next) => set({ within: next ? writeTime(next) : undefined })} />}
    </Stack>
  );
}

function TimeLimit({ stage, isFixed, error, onChange }: FieldProps) {
  const { t } = useTranslation("map");
  const set = (next: Partial<NonNullable<DraftStage["time"]>>) => onChange({ time: lean({ ...stage.time, ...next }) });
  return (
    <Stack gap="sm">
      <TimeField label={t("timeMax")} value={readTime(stage.time?.max)} isFixed={isFixed} error={error} onChange={(next) => set({ max: next ? writeTime(next) : undefined })} />
      {stage.time?.max && (
        <Select label={t("afterMax")} readOnly={isFixed} value={stage.time.after_max ?? "tell"} data={(["tell", "block"] as const).map((value) => ({ value, label: t(`after.${value}`) }))}
          onChange={(value) => set({ after_max: value === "block" ? "block" : undefined })} />
      )}
      <TimeField label={t("timeMin")} value={readTime(stage.time?.min)} isFixed={isFixed} onChange={(next) => set({ min: next ? writeTime(next) : undefined })} />
    </Stack>
  );
}

function TimeField({ label, value, isFixed, error, onChange }: { label: string; value: TimeTarget | null; isFixed: boolean; error?: string | undefined; onChange: (next: TimeTarget | null) => void }) {
  const { t } = useTranslation("map");
  const [unit, setUnit] = useState(value?.unit ?? "day");
  const shown = value?.unit ?? unit;
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap" grow preventGrowOverflow={false}>
      <NumberInput label={label} min={1} max={TIME_MAX} allowDecimal={false} readOnly={isFixed} value={value?.count ?? ""} error={error} onChange={(next) => onChange(Number(next) > 0 ? { count: Number(next), unit: shown } : null)} />
      <Select aria-label={t("unitOf", { what: label })} readOnly={isFixed} value={shown} data={UNITS.map((name) => ({ value: name, label: t(`units.${name}`) }))}
        onChange={(next) => { const found = UNITS.find((known) => known === next); if (!found) return; setUnit(found); if (value) onChange({ ...value, unit: found }); }} />
    </Group>
  );
}

