import { ActionIcon, Badge, Button, Group, MultiSelect, NumberInput, SimpleGrid, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconChevronDown, IconPlus, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { stageColor } from "../../charts/palette";
import { eventOf, occurrenceOf, stageHue, stageName, type FunnelDocument, type StageDocument } from "../../funnels/document";
import { eventName } from "../../i18n";
import { freeId, moved, STAGES_MAX, STAGES_MIN } from "../stages";
import type { Finding } from "../api";
import classes from "../Designs.module.css";
import { ChoiceField, EventField, LocalizedField, LocalizedLine, OwnerField, PeopleField, RateField, Rows, SpanField, useWriting } from "../fields";
import { METRICS } from "../words";
import { replaced, tidy, without } from "../values";
import { ConditionsFields } from "./ConditionsFields";
import { GatePart } from "./GatePart";
import { GoalRows } from "./GoalsPart";

interface Props {
  document: FunnelDocument;
  findings: readonly Finding[];
  /** The stage that is open, by id. */
  open: string | undefined;
  onOpen: (id: string | undefined) => void;
  onChange: (next: FunnelDocument) => void;
}

/** The stages from the first touch to the last, one of them open. */
export function StagesPart({ document, findings, open, onOpen, onChange }: Props) {
  const { t } = useTranslation("designs");
  const { isFixed } = useWriting();
  const { stages } = document;
  const setStages = (next: StageDocument[]) => onChange({ ...document, stages: next });
  const add = () => {
    const id = freeId("stage", stages.map((stage) => stage.id));
    setStages([...stages, { id, name: "", enters_on: "" }]);
    onOpen(id);
  };
  return (
    <div>
      <ol className={classes["stages"]}>
        {stages.map((stage, index) => (
          <StageCard key={stage.id} document={document} stage={stage} index={index} isOpen={open === stage.id} findings={findings.filter(({ path }) => path.startsWith(`stages[${index}]`))}
            onToggle={() => onOpen(open === stage.id ? undefined : stage.id)} onChange={(next) => setStages(replaced(stages, index, next))}
            onMove={(by) => setStages(moved(stages, index, index + by))} onRemove={stages.length > STAGES_MIN ? () => setStages(without(stages, index)) : undefined} />
        ))}
      </ol>
      {!isFixed && stages.length < STAGES_MAX && <Button mt="sm" variant="default" leftSection={<IconPlus size={16} stroke={1.5} />} onClick={add}>{t("stages.add")}</Button>}
    </div>
  );
}

interface CardProps {
  document: FunnelDocument;
  stage: StageDocument;
  index: number;
  isOpen: boolean;
  findings: readonly Finding[];
  onToggle: () => void;
  onChange: (next: StageDocument) => void;
  onMove: (by: number) => void;
  onRemove: (() => void) | undefined;
}

function StageCard({ document, stage, index, isOpen, findings, onToggle, onChange, onMove, onRemove }: CardProps) {
  const { t, i18n } = useTranslation(["designs", "events"]);
  const { isFixed } = useWriting();
  const number = index + 1;
  const event = eventOf(stage.enters_on);
  const isError = findings.some(({ severity }) => severity === "error");
  return (
    <li className={classes["stage"]} style={{ "--hue": stageColor(stageHue(stage, index)) } as React.CSSProperties} data-open={isOpen || undefined}>
      <div className={classes["stageHead"]}>
        <UnstyledButton className={classes["stageButton"] ?? ""} aria-expanded={isOpen} onClick={onToggle}>
          <span className={classes["stageNumber"]} aria-hidden>{number}</span>
          <span className={classes["stageNames"]}>
            <Text span fw={600} truncate>{stageName(stage, i18n.language)}</Text>
            <Text span size="sm" c="dimmed" truncate>
              {event ? eventName(event) : t("stages.noEvent")}
              {occurrenceOf(stage.enters_on) > 1 ? ` · ${t("stages.nth", { count: occurrenceOf(stage.enters_on) })}` : ""}
              {stage.target?.converts ? ` · ${t("stages.goesOn", { rate: stage.target.converts })}` : ""}
            </Text>
          </span>
          {stage.gate && <Badge color="gray">{t("stages.gated")}</Badge>}
          {findings.length > 0 && <Badge color={isError ? "red" : "yellow"}>{findings.length}</Badge>}
          <IconChevronDown size={18} stroke={1.5} className={classes["chevron"] ?? ""} aria-hidden />
        </UnstyledButton>
        {!isFixed && (
          <Group gap={0} wrap="nowrap">
            <ActionIcon aria-label={t("stages.up", { number })} disabled={index === 0} onClick={() => onMove(-1)}><IconArrowUp size={16} stroke={1.5} /></ActionIcon>
            <ActionIcon aria-label={t("stages.down", { number })} disabled={index === document.stages.length - 1} onClick={() => onMove(1)}><IconArrowDown size={16} stroke={1.5} /></ActionIcon>
            <ActionIcon aria-label={t("stages.remove", { number })} disabled={!onRemove} onClick={onRemove}><IconTrash size={16} stroke={1.5} /></ActionIcon>
          </Group>
        )}
      </div>
      {isOpen && <StageForm document={document} stage={stage} index={index} onChange={onChange} />}
    </li>
  );
}

function Group2({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes["group"]} aria-label={title}>
      <Text size="sm" fw={600} component="h3">{title}</Text>
      <Stack gap="sm">{children}</Stack>
    </section>
  );
}

function StageForm({ document, stage, index, onChange }: { document: FunnelDocument; stage: StageDocument; index: number; onChange: (next: StageDocument) => void }) {
  const { t, i18n } = useTranslation("designs");
  const { isFixed } = useWriting();
  // What says nothing is left out of the document, but for what every stage has.
  const set = (change: { [Key in keyof StageDocument]?: StageDocument[Key] | undefined }) => {
    const { id, enters_on, ...rest } = { ...stage, ...change };
    onChange({ id, enters_on, ...tidy(rest), ...(typeof rest.hue === "number" ? { hue: rest.hue } : {}) });
  };
  const rule = typeof stage.enters_on === "string" ? { event: stage.enters_on } : stage.enters_on;
  const setRule = (change: Partial<typeof rule>) => {
    const next = { ...rule, ...change };
    const isPlain = (next.occurrence ?? 1) <= 1 && Object.keys(next.where ?? {}).length === 0;
    set({ enters_on: isPlain ? next.event : { event: next.event, ...(next.where && Object.keys(next.where).length > 0 ? { where: next.where } : {}), ...((next.occurrence ?? 1) > 1 ? { occurrence: next.occurrence } : {}) } });
  };
  const target = (change: object) => set({ target: tidy({ ...stage.target, ...change }) });
  const time = (change: object) => set({ time: tidy({ ...stage.time, ...change }) });
  const earlier = document.stages.slice(0, index);
  const channels = (document.channels ?? []).map(({ id }) => id);
  return (
    <div className={classes["stageForm"]}>
      <Group2 title={t("stages.what")}>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          <LocalizedField label={t("stages.name")} value={stage.name} onChange={(name) => set({ name })} />
          <OwnerField label={t("owner")} value={stage.owner} onChange={(owner) => set({ owner })} />
        </SimpleGrid>
        <LocalizedField label={t("stages.purpose")} value={stage.purpose} isLong onChange={(purpose) => set({ purpose })} />
        <div className={classes["line"]}>
          <EventField label={t("stages.entersOn")} value={rule.event} onChange={(event) => setRule({ event, where: {} })} />
          <NumberInput label={t("stages.occurrence")} w={104} min={1} max={100} allowDecimal={false} readOnly={isFixed} value={rule.occurrence ?? 1} onChange={(next) => setRule({ occurrence: Number(next) || 1 })} />
          <ChoiceField label={t("stages.deal")} value={stage.deal ?? undefined} placeholder={t("stages.dealNothing")} data={[{ value: "opens", label: t("stages.dealOpens") }, { value: "wins", label: t("stages.dealWins") }]} onChange={(deal) => set({ deal: deal as StageDocument["deal"] })} />
        </div>
        <ConditionsFields label={t("stages.where")} value={rule.where} onChange={(where) => setRule({ where })} />
      </Group2>
      <Group2 title={t("stages.measure")}>
        <div className={classes["thirds"]}>
          <RateField label={t("stages.converts")} value={stage.target?.converts ?? undefined} onChange={(converts) => target({ converts })} />
          <SpanField label={t("stages.within")} value={stage.target?.within ?? undefined} onChange={(within) => target({ within })} />
          <PeopleField label={t("stages.people")} value={stage.target?.people ?? undefined} onChange={(people) => target({ people })} />
        </div>
        <MultiSelect label={t("stages.metrics")} searchable clearable readOnly={isFixed} value={[...(stage.metrics ?? [])]} data={METRICS.map((value) => ({ value, label: t(`metric.${value}`) }))} onChange={(metrics) => set({ metrics: metrics })} />
        <GoalRows label={t("stages.goals")} goals={stage.goals} onChange={(goals) => set({ goals })} />
        <div className={classes["thirds"]}>
          <SpanField label={t("stages.timeMin")} value={stage.time?.min ?? undefined} onChange={(min) => time({ min })} />
          <SpanField label={t("stages.timeMax")} value={stage.time?.max ?? undefined} onChange={(max) => time({ max })} />
          <ChoiceField label={t("stages.afterMax")} value={stage.time?.after_max ?? "tell"} clearable={false} data={[{ value: "tell", label: t("stages.tell") }, { value: "block", label: t("stages.block") }]} onChange={(after_max) => time({ after_max: after_max === "block" ? "block" : undefined })} />
        </div>
      </Group2>
      <Group2 title={t("stages.do")}>
        <Rows label={t("stages.tactics")} items={stage.tactics} onChange={(tactics) => set({ tactics })} make={() => ({ text: "" })} add={t("stages.addTactic")} remove={(number) => t("stages.removeTactic", { number })}>
          {(tactic, change, place) => (
            <>
              <LocalizedLine label={t("stages.tactic", { number: place + 1 })} value={tactic.text} onChange={(text) => change({ ...tactic, text: text ?? "" })} />
              <ChoiceField label={t("channel")} value={tactic.channel || undefined} data={channels} onChange={(channel) => change({ text: tactic.text, ...tidy({ owner: tactic.owner, channel }) })} />
            </>
          )}
        </Rows>
        <LocalizedField label={t("stages.reward")} description={t("stages.rewardHint")} value={stage.reward} maxLength={200} onChange={(reward) => set({ reward })} />
        <ContentRows document={document} stage={stage} onChange={(content) => set({ content })} />
      </Group2>
      <GatePart gate={stage.gate ?? undefined} onChange={(gate) => set({ gate })} />
      <Group2 title={t("stages.more")}>
        <div className={classes["line"]}>
          <TextInput label={t("stages.id")} value={stage.id} readOnly description={t("stages.idHint")} style={{ flex: "1 1 200px" }} />
          {earlier.length > 0 && <ChoiceField label={t("stages.loopsTo")} description={t("stages.loopsToHint")} value={stage.loops_to ?? undefined} data={earlier.map((one) => ({ value: one.id, label: stageName(one, i18n.language) }))} onChange={(loops_to) => set({ loops_to })} />}
          <NumberInput label={t("stages.hue")} w={104} min={1} max={10} readOnly={isFixed} value={stageHue(stage, index) + 1} onChange={(next) => set({ hue: Math.max(0, (Number(next) || 1) - 1) })} />
        </div>
      </Group2>
    </div>
  );
}

const KINDS = ["page", "offer", "magnet", "message", "automation", "ad", "article", "video", "event", "script", "paper"] as const;

function ContentRows({ document, stage, onChange }: { document: FunnelDocument; stage: StageDocument; onChange: (next: NonNullable<StageDocument["content"]>) => void }) {
  const { t } = useTranslation("designs");
  const { isFixed } = useWriting();
  const personas = (document.personas ?? []).filter(({ id }) => id).map(({ id }) => ({ value: id as string, label: id as string }));
  return (
    <Rows label={t("content.title")} hint={t("content.hint")} items={stage.content} onChange={onChange} make={() => ({ kind: "page" as const })} add={t("content.add")} remove={(number) => t("content.remove", { number })}>
      {(content, change) => {
        const put = (next: object) => { const { kind, ...rest } = { ...content, ...next }; change({ kind, ...tidy(rest) }); };
        return (
          <>
            <ChoiceField label={t("content.kind")} clearable={false} value={content.kind} data={KINDS.map((value) => ({ value, label: t(`content.kinds.${value}`) }))} onChange={(kind) => put({ kind })} />
            <TextInput label={t("content.id")} style={{ flex: "1 1 140px" }} placeholder={t("content.idHint")} value={content.id ?? ""} readOnly={isFixed} spellCheck={false} onChange={(event) => put({ id: event.currentTarget.value })} />
            <LocalizedField label={t("content.name")} value={content.title} onChange={(title) => put({ title })} />
            <OwnerField label={t("owner")} value={content.owner} onChange={(owner) => put({ owner })} />
            <TextInput label={t("content.reviewBy")} type="date" style={{ flex: "0 1 150px" }} value={content.review_by ?? ""} readOnly={isFixed} onChange={(event) => put({ review_by: event.currentTarget.value })} />
            {personas.length > 0 && <MultiSelect label={t("content.personas")} style={{ flex: "1 1 160px" }} value={[...(content.personas ?? [])]} data={personas} readOnly={isFixed} onChange={(next) => put({ personas: next })} />}
          </>
        );
      }}
    </Rows>
  );
}
