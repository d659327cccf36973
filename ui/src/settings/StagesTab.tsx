import { ActionIcon, Alert, Autocomplete, Badge, Button, ColorSwatch, Group, NumberInput, Popover, SegmentedControl, Select, Stack, Text, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconBulb, IconCheck, IconPlus, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { funnelViewsQuery } from "../api/queries";
import { stageColor } from "../charts/palette";
import { describeError, toastDone } from "../components/problem";
import { FormProblem } from "../components/FormProblem";
import { SaveBar } from "../components/SaveBar";
import { Section } from "../components/Section";
import { useLeaveGuard } from "../components/useLeaveGuard";
import { languageName } from "../contacts/ContactsScreen";
import { DEALS } from "../deals/api";
import { eventOf, occurrenceOf, stageHue, type FunnelView } from "../funnels/document";
import { eventName, useFormat } from "../i18n";
import { ownText, textFor, withText, type Localized } from "../localized";
import { useMay } from "../session/useMay";
import { eventNamesQuery, publishFunnel } from "./api";
import { Loaded } from "./Loaded";
import { draftStages, moved, STAGES_MAX, STAGES_MIN, withEvent, withOccurrence, withStages, type DraftStage } from "./stages";
import classes from "./StagesTab.module.css";

const HUES = 8;
const OCCURRENCE_MAX = 100;
const NAME_CHARS_MAX = 80;

export default function StagesTab() {
  const { t, i18n } = useTranslation("settings");
  const search = useSearch({ from: "/app/settings/$tab" });
  const navigate = useNavigate();
  const funnels = useQuery(funnelViewsQuery);
  return (
    <Loaded query={funnels}>
      {({ items }) => {
        const funnel = items.find(({ document }) => document.id === search.funnel) ?? items[0];
        if (!funnel) return <Text c="dimmed">{t("stages.none")}</Text>;
        return (
          <>
            {items.length > 1 && (
              <Select mb="lg" maw={320} label={t("stages.funnel")} value={funnel.document.id} data={items.map(({ document }) => ({ value: document.id, label: textFor(document.title, i18n.language) }))}
                onChange={(slug) => slug && void navigate({ to: "/settings/$tab", params: { tab: "stages" }, search: { funnel: slug } })} />
            )}
            {/* Another version is another draft. */}
            <StagesForm key={`${funnel.id}-${funnel.version}`} funnel={funnel} />
          </>
        );
      }}
    </Loaded>
  );
}

function StagesForm({ funnel }: { funnel: FunnelView }) {
  const { t } = useTranslation(["settings", "common"]);
  const queries = useQueryClient();
  const may = useMay();
  const format = useFormat();
  const isFixed = !may("funnels.write");
  const languages = funnel.document.locales;
  const [language, setLanguage] = useState(languages[0] ?? "en");
  const [title, setTitle] = useState<Localized>(funnel.document.title);
  const [stages, setStages] = useState(() => draftStages(funnel.document.stages));
  const document = withStages({ ...funnel.document, title }, stages);
  const isDirty = JSON.stringify(document) !== JSON.stringify(funnel.document);
  const publish = useMutation({
    mutationFn: () => publishFunnel(funnel.id, document, funnel.version),
    onSuccess: async (saved) => {
      toastDone(t("stages.published", { version: saved.version }));
      await Promise.all([queries.invalidateQueries({ queryKey: funnelViewsQuery.queryKey }), queries.invalidateQueries({ queryKey: DEALS })]);
    },
  });
  const guard = useLeaveGuard(isDirty && !publish.isPending);
  const errors = publish.error instanceof ApiProblem ? publish.error.fields : [];
  const errorAt = (path: string) => errors.find(({ field }) => field === `document.${path}` || field.startsWith(`document.${path}.`))?.detail;
  const placed = errors.length > 0 && errors.every(({ field }) => /^document\.(title|stages\.\d+)/.test(field));
  const isPassed = publish.error instanceof ApiProblem && publish.error.code === "version_passed";
  const change = (index: number, next: Partial<DraftStage>) => setStages(stages.map((stage, place) => (place === index ? { ...stage, ...next } : stage)));
  const add = () => setStages([...stages, { key: `new-${Date.now()}`, isNew: true, id: "", name: "", enters_on: "" }]);
  return (
    <form noValidate onSubmit={(event) => { event.preventDefault(); publish.mutate(); }}>
      {publish.error && !placed && <Stack gap="md" mb="lg">
        <FormProblem message={describeError(publish.error)} />
        {isPassed && <div><Button variant="default" leftSection={<IconRefresh size={16} />} onClick={() => void queries.invalidateQueries({ queryKey: funnelViewsQuery.queryKey })}>{t("stages.loadNew")}</Button></div>}
      </Stack>}
      <Section title={t("tabs.stages")} hint={t("stages.hint")}
        actions={languages.length > 1 && <SegmentedControl size="xs" value={language} onChange={setLanguage} aria-label={t("stages.writtenIn")} data={languages.map((code) => ({ value: code, label: languageName(code) }))} />}>
        <TextInput mb="lg" maw={400} label={t("stages.title")} maxLength={NAME_CHARS_MAX} readOnly={isFixed} value={ownText(title, language)} placeholder={textFor(title, language)} error={errorAt("title")} onChange={(event) => setTitle(withText(title, language, event.currentTarget.value, languages))} />
        <ol className={classes["stages"]}>
          {stages.map((stage, index) => (
            <StageRow key={stage.key} stage={stage} index={index} count={stages.length} language={language} languages={languages} isFixed={isFixed}
              errors={{ name: errorAt(`stages.${index}.name`) ?? errorAt(`stages.${index}.id`), enters_on: errorAt(`stages.${index}.enters_on`) }}
              onChange={(next) => change(index, next)} onMove={(by) => setStages(moved(stages, index, index + by))} onRemove={() => setStages(stages.filter((_, place) => place !== index))} />
          ))}
        </ol>
        {!isFixed && stages.length < STAGES_MAX && <Button mt="sm" variant="default" leftSection={<IconPlus size={16} stroke={1.5} />} onClick={add}>{t("stages.add")}</Button>}
        <Text size="sm" c="dimmed" mt="md">{t("stages.dealHint")}</Text>
        {!isDirty && funnel.findings.length > 0 && (
          <Alert mt="lg" color="gray" icon={<IconBulb size={20} stroke={1.5} />} title={t("stages.advice")}>
            <ul className={classes["findings"]}>{funnel.findings.map((finding, index) => <li key={index}>{finding.message}</li>)}</ul>
          </Alert>
        )}
        <Text size="xs" c="dimmed" mt="lg">{t("stages.version", { version: funnel.version, date: format.date(funnel.updated_at, "datetime") })}</Text>
      </Section>
      {!isFixed && <SaveBar isDirty={isDirty} isSaving={publish.isPending} label={t("stages.publish")} onDiscard={() => { setTitle(funnel.document.title); setStages(draftStages(funnel.document.stages)); publish.reset(); }} />}
      {guard}
    </form>
  );
}

interface RowProps {
  stage: DraftStage;
  index: number;
  count: number;
  language: string;
  languages: readonly string[];
  isFixed: boolean;
  errors: { name?: string | undefined; enters_on?: string | undefined };
  onChange: (next: Partial<DraftStage>) => void;
  onMove: (by: number) => void;
  onRemove: () => void;
}

function StageRow({ stage, index, count, language, languages, isFixed, errors, onChange, onMove, onRemove }: RowProps) {
  const { t } = useTranslation("settings");
  useTranslation("events");
  const { data: catalog } = useQuery(eventNamesQuery);
  const event = eventOf(stage.enters_on);
  const hasConditions = typeof stage.enters_on === "object" && stage.enters_on.where !== undefined;
  const known = [...new Set([...(catalog?.events ?? []).map(({ name }) => name), event].filter(Boolean))];
  const number = index + 1;
  return (
    <li className={classes["stage"]} style={{ "--hue": stageColor(stageHue(stage, index)) } as React.CSSProperties}>
      <Hue stage={stage} index={index} isFixed={isFixed} onChange={(hue) => onChange({ hue })} />
      <div className={classes["fields"]}>
        <TextInput label={t("stages.name")} maxLength={NAME_CHARS_MAX} readOnly={isFixed} value={ownText(stage.name, language)} placeholder={textFor(stage.name, language) || stage.id} error={errors.name}
          onChange={(change) => onChange({ name: withText(stage.name, language, change.currentTarget.value, languages) })} />
        <Autocomplete label={t("stages.entersOn")} readOnly={isFixed} value={event} data={known} error={errors.enters_on} placeholder={t("stages.chooseEvent")} limit={50} onChange={(next) => onChange({ enters_on: withEvent(stage.enters_on, next) })}
          renderOption={({ option }) => <span>{eventName(option.value)}{eventName(option.value) !== option.value && <Text span size="xs" c="dimmed"> · {option.value}</Text>}</span>} />
        <NumberInput label={t("stages.occurrence")} min={1} max={OCCURRENCE_MAX} allowDecimal={false} readOnly={isFixed || hasConditions} value={occurrenceOf(stage.enters_on)} onChange={(next) => onChange({ enters_on: withOccurrence(stage.enters_on, Number(next) || 1) })} />
        <Select label={t("stages.deal")} readOnly={isFixed} value={stage.deal ?? ""} data={(["", "opens", "wins"] as const).map((value) => ({ value, label: t(`stages.deals.${value || "nothing"}`) }))}
          onChange={(value) => onChange({ deal: value === "opens" || value === "wins" ? value : undefined })} />
        {hasConditions && <Tooltip label={JSON.stringify(typeof stage.enters_on === "object" ? stage.enters_on.where : {})}><Badge color="gray" style={{ justifySelf: "start" }} tabIndex={0}>{t("stages.hasConditions")}</Badge></Tooltip>}
      </div>
      {!isFixed && (
        <Group gap={0} wrap="nowrap" className={classes["tools"] ?? ""}>
          <ActionIcon aria-label={t("stages.up", { number })} disabled={index === 0} onClick={() => onMove(-1)}><IconArrowUp size={16} stroke={1.5} /></ActionIcon>
          <ActionIcon aria-label={t("stages.down", { number })} disabled={index === count - 1} onClick={() => onMove(1)}><IconArrowDown size={16} stroke={1.5} /></ActionIcon>
          <ActionIcon aria-label={t("stages.remove", { number })} disabled={count <= STAGES_MIN} onClick={onRemove}><IconTrash size={16} stroke={1.5} /></ActionIcon>
        </Group>
      )}
    </li>
  );
}

/** The hue that a stage keeps on every screen, and the eight to choose from. */
function Hue({ stage, index, isFixed, onChange }: { stage: DraftStage; index: number; isFixed: boolean; onChange: (hue: number) => void }) {
  const { t } = useTranslation("settings");
  const [isOpen, setIsOpen] = useState(false);
  const now = stageHue(stage, index) % HUES;
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-start" shadow="md" trapFocus>
      <Popover.Target>
        <UnstyledButton className={classes["hue"] ?? ""} disabled={isFixed} aria-label={t("stages.hue", { number: index + 1 })} onClick={() => setIsOpen(!isOpen)}>{index + 1}</UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={classes["hues"]}>
          {Array.from({ length: HUES }, (_, hue) => (
            <ColorSwatch key={hue} component="button" type="button" size={28} color={stageColor(hue)} withShadow={false} style={{ cursor: "pointer", color: "#fff" }} aria-label={t("stages.hueChoice", { number: hue + 1 })} aria-pressed={hue === now} onClick={() => { onChange(hue); setIsOpen(false); }}>
              {hue === now && <IconCheck size={16} />}
            </ColorSwatch>
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
