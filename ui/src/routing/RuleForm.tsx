import { Alert, Drawer, Group, MultiSelect, NumberInput, SegmentedControl, Select, Skeleton, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconAlertTriangle, IconCheck, IconMinus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormButtons } from "../components/FormButtons";
import { ApiProblem } from "../api/client";
import { funnelViewsQuery } from "../api/queries";
import { describeError, toastDone } from "../components/problem";
import { usersQuery } from "../deals/api";
import { stageName } from "../funnels/document";
import { useFormat } from "../i18n";
import { textFor } from "../localized";
import { Filters } from "../records/FilterBuilder";
import { previewQuery, ROUTING, saveRule, teamsQuery, type Rule, type RuleDraft } from "./api";
import classes from "./Routing.module.css";
import { draftOf, emptyRule, isTryable, minutesAs, settled } from "./rule";
import { useRuleFields } from "./useRuleFields";

const TRY_DELAY_MS = 400;

/** A rule, and beside it what it would have done. */
export function RuleForm({ rule, onClose }: { rule: Rule | null; onClose: () => void }) {
  const { t } = useTranslation(["team", "common"]);
  const queries = useQueryClient();
  const [draft, setDraft] = useState<RuleDraft>(rule ? draftOf(rule) : emptyRule());
  const [errors, setErrors] = useState<Record<string, string>>({});
  const set = (part: Partial<RuleDraft>) => setDraft((former) => ({ ...former, ...part }));
  const save = useMutation({
    mutationFn: () => saveRule(settled(draft), rule),
    onError: (error) => setErrors(errorsOf(error)),
    onSuccess: async ({ name }) => {
      toastDone(t("rules.saved", { name }));
      await queries.invalidateQueries({ queryKey: ROUTING });
      onClose();
    },
  });
  const known = ["name", "people", "funnel_id", "stage", "team_id", "fallback_id", "deals_max", "condition", "answer.within_minutes", "answer.tell_head_after_minutes"];
  const rest = Object.entries(errors).filter(([field]) => !known.includes(field)).map(([, text]) => text);
  const of = (field: string) => (errors[field] ? { error: errors[field] } : {});
  return (
    <Drawer opened onClose={onClose} size={560} position="right" title={<Text component="span" fw={600}>{rule ? rule.name : t("rules.add")}</Text>} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form noValidate onSubmit={(event) => { event.preventDefault(); setErrors({}); save.mutate(); }}>
        <Stack gap="md">
          {rest.length > 0 && <Alert color="red" icon={<IconAlertTriangle size={18} />}>{rest.join(" ")}</Alert>}
          <TextInput label={t("rules.name")} placeholder={t("rules.namePlaceholder")} data-autofocus value={draft.name} onChange={(event) => set({ name: event.currentTarget.value })} {...of("name")} />
          <Occasion draft={draft} set={set} of={of} />
          <Where draft={draft} set={set} error={errors["condition"]} />
          <Who draft={draft} set={set} of={of} />
          <Nobody draft={draft} set={set} of={of} />
          <Answer draft={draft} set={set} of={of} />
          <Preview draft={draft} id={rule?.id ?? null} />
          <FormButtons onCancel={onClose} isSending={save.isPending} />
        </Stack>
      </form>
    </Drawer>
  );
}

/** Where each problem belongs; what belongs nowhere stands under an empty name. */
function errorsOf(error: unknown): Record<string, string> {
  if (!(error instanceof ApiProblem) || error.fields.length === 0) return { "": describeError(error) };
  return Object.fromEntries(error.fields.map(({ field, detail }) => [field.replace(/^rule\./, ""), detail]));
}

interface PartProps {
  draft: RuleDraft;
  set: (part: Partial<RuleDraft>) => void;
  of: (field: string) => { error?: string };
}

function Occasion({ draft, set, of }: PartProps) {
  const { t, i18n } = useTranslation("team");
  const { data: funnels } = useQuery(funnelViewsQuery);
  const [isStage, setIsStage] = useState(Boolean(draft.stage));
  const funnel = funnels?.items.find(({ id }) => id === draft.funnel_id);
  const first = funnels?.items[0];
  const choose = (kind: string) => {
    setIsStage(kind === "stage");
    set(kind === "stage" ? { funnel_id: draft.funnel_id ?? first?.id ?? null } : { stage: null });
  };
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>{t("rules.when")}</Text>
      <SegmentedControl fullWidth value={isStage ? "stage" : "open"} aria-label={t("rules.when")} data={[{ value: "open", label: t("rules.whenOpen") }, { value: "stage", label: t("rules.whenStage") }]} onChange={choose} />
      <Text size="xs" c="dimmed" mt={4}>{t(isStage ? "rules.whenStageHint" : "rules.whenOpenHint")}</Text>
      {(isStage || (funnels?.items.length ?? 0) > 1) && (
        <div className={classes["pair"]} style={{ marginTop: 12 }}>
          <Select label={t("rules.funnel")} placeholder={t("rules.anyFunnel")} clearable={!isStage} data={(funnels?.items ?? []).map(({ id, document }) => ({ value: id, label: textFor(document.title, i18n.language) }))} value={draft.funnel_id ?? null}
            onChange={(id) => set({ funnel_id: id, stage: null })} {...of("funnel_id")} />
          {isStage && <Select label={t("rules.stage")} data={(funnel?.document.stages ?? []).map((stage) => ({ value: stage.id, label: stageName(stage, i18n.language) }))} value={draft.stage ?? null} onChange={(stage) => set({ stage })} {...of("stage")} />}
        </div>
      )}
    </div>
  );
}

function Where({ draft, set, error }: Pick<PartProps, "draft" | "set"> & { error: string | undefined }) {
  const { t } = useTranslation("team");
  const fields = useRuleFields();
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>{t("rules.where")}</Text>
      <Group gap={8}><Filters fields={fields} filter={draft.condition ?? null} onChange={(condition) => set({ condition })} /></Group>
      {!draft.condition && <Text size="xs" c="dimmed" mt={4}>{t("rules.whereHint")}</Text>}
      {error && <Text size="xs" c="red" mt={4}>{error}</Text>}
    </div>
  );
}

const usePeople = () => {
  const { data } = useQuery(usersQuery);
  return (data?.items ?? []).filter(({ is_active }) => is_active).map(({ id, name }) => ({ value: id, label: name }));
};

function Who({ draft, set, of }: PartProps) {
  const { t } = useTranslation("team");
  const people = usePeople();
  const { data: teams } = useQuery(teamsQuery);
  const one = draft.choose_by === "person";
  return (
    <Stack gap="sm" className={classes["block"]}>
      <div>
        <Text size="sm" fw={500} mb={4}>{t("rules.chooseBy")}</Text>
        <SegmentedControl fullWidth value={draft.choose_by} aria-label={t("rules.chooseBy")} data={(["person", "turns", "load"] as const).map((value) => ({ value, label: t(`rules.choose.${value}`) }))} onChange={(choose_by) => set({ choose_by })} />
        <Text size="xs" c="dimmed" mt={4}>{t(`rules.chooseHint.${draft.choose_by}`)}</Text>
      </div>
      {one ? (
        <Select label={t("rules.person")} searchable data={people} value={draft.people?.[0] ?? null} onChange={(id) => set({ people: id ? [id] : [] })} {...of("people")} />
      ) : (
        <div className={classes["pair"]}>
          <Select label={t("rules.team")} clearable data={(teams?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))} value={draft.team_id ?? null} onChange={(team_id) => set({ team_id })} {...of("team_id")} />
          <MultiSelect label={t("rules.alsoPeople")} searchable data={people} value={draft.people ?? []} onChange={(chosen) => set({ people: chosen })} {...of("people")} />
        </div>
      )}
      <NumberInput label={t("rules.dealsMax")} description={t("rules.dealsMaxHint")} min={1} max={10_000} allowDecimal={false} hideControls value={draft.deals_max ?? ""} onChange={(value) => set({ deals_max: typeof value === "number" ? value : null })} {...of("deals_max")} />
    </Stack>
  );
}

function Nobody({ draft, set, of }: PartProps) {
  const { t } = useTranslation("team");
  const people = usePeople();
  return (
    <Stack gap="sm" className={classes["block"]}>
      <Switch label={t("rules.inHours")} description={t("rules.inHoursHint")} checked={draft.in_hours ?? false} onChange={(event) => set({ in_hours: event.currentTarget.checked })} />
      <div className={classes["pair"]}>
        <Select label={t("rules.nobody")} allowDeselect={false} data={(["wait", "fallback", "next_rule"] as const).map((value) => ({ value, label: t(`rules.nobodyThere.${value}`) }))} value={draft.nobody_there ?? "wait"}
          onChange={(value) => value && set({ nobody_there: value })} />
        {draft.nobody_there === "fallback" && <Select label={t("rules.fallback")} searchable data={people} value={draft.fallback_id ?? null} onChange={(fallback_id) => set({ fallback_id })} {...of("fallback_id")} />}
      </div>
    </Stack>
  );
}

const USUAL_MINUTES = 60;

function Answer({ draft, set, of }: PartProps) {
  const { t } = useTranslation("team");
  const { answer } = draft;
  const change = (part: Partial<NonNullable<RuleDraft["answer"]>>) => answer && set({ answer: { ...answer, ...part } });
  return (
    <Stack gap="sm" className={classes["block"]}>
      <Switch label={t("rules.limit")} description={t("rules.limitHint")} checked={Boolean(answer)} onChange={(event) => set({ answer: event.currentTarget.checked ? { within_minutes: USUAL_MINUTES, hands_on: false } : null })} />
      {answer && (
        <>
          <div className={classes["pair"]}>
            <Minutes label={t("rules.within")} value={answer.within_minutes} onChange={(minutes) => change({ within_minutes: minutes ?? 0 })} {...of("answer.within_minutes")} />
            <Minutes label={t("rules.tellHead")} value={answer.tell_head_after_minutes ?? null} onChange={(minutes) => change({ tell_head_after_minutes: minutes })} {...of("answer.tell_head_after_minutes")} />
          </div>
          <Switch label={t("rules.handsOn")} checked={answer.hands_on ?? false} onChange={(event) => change({ hands_on: event.currentTarget.checked })} />
        </>
      )}
    </Stack>
  );
}

/** A span of working time: a number, and minutes or hours. */
function Minutes({ label, value, onChange, error }: { label: string; value: number | null; onChange: (minutes: number | null) => void; error?: string }) {
  const { t } = useTranslation("team");
  const told = minutesAs(value ?? 0);
  const [unit, setUnit] = useState(value === null ? "hours" : told.unit);
  const factor = unit === "hours" ? 60 : 1;
  return (
    <Group gap={8} align="flex-end" wrap="nowrap">
      <NumberInput style={{ flex: 1 }} label={label} min={0} allowDecimal={unit === "hours"} decimalScale={2} hideControls error={error} value={value === null ? "" : value / factor} onChange={(amount) => onChange(typeof amount === "number" ? Math.round(amount * factor) : null)} />
      <Select w={104} aria-label={t("rules.unitOf", { what: label })} allowDeselect={false} data={[{ value: "minutes", label: t("rules.minutes") }, { value: "hours", label: t("rules.hours") }]} value={unit} onChange={(next) => next && setUnit(next)} />
    </Group>
  );
}

/** What the rule would have taken of the newest deals, and whose turn it is. */
function Preview({ draft, id }: { draft: RuleDraft; id: string | null }) {
  const { t } = useTranslation("team");
  const format = useFormat();
  const { data: users } = useQuery(usersQuery);
  const named = { ...draft, name: draft.name.trim() || "…" };
  const [tried] = useDebouncedValue(JSON.stringify(settled(named)), TRY_DELAY_MS);
  const canTry = isTryable(draft);
  const answer = useQuery({ ...previewQuery(JSON.parse(tried) as RuleDraft, id), enabled: canTry });
  const found = answer.data;
  const next = users?.items.find((user) => user.id === found?.next_id)?.name;
  return (
    <section className={classes["preview"]} aria-label={t("rules.try")}>
      <Text size="sm" fw={550}>{t("rules.try")}</Text>
      {!canTry ? <Text size="sm" c="dimmed">{t("rules.tryLater")}</Text>
        : answer.isError ? <Text size="sm" c="dimmed">{describeError(answer.error)}</Text>
        : !found ? <Skeleton height={16} mt={8} />
        : (
          <>
            <Text size="sm">{t("rules.taken", { taken: found.taken, count: found.deals.length })}</Text>
            <Text size="sm">{next ? t("rules.next", { name: next }) : found.there_at ? t("rules.thereAt", { date: format.date(found.there_at, "datetime") }) : t("rules.nobodyNow")}</Text>
            {found.deals.length > 0 && (
              <ul className={classes["tried"]} tabIndex={0} aria-label={t("rules.triedOn")}>
                {found.deals.map((deal) => (
                  <li key={deal.id} data-taken={deal.is_taken || undefined}>
                    {deal.is_taken ? <IconCheck size={14} aria-label={t("rules.wouldTake")} role="img" /> : <IconMinus size={14} aria-label={t("rules.wouldNot")} role="img" />}
                    <span>{deal.title}</span>
                    <time dateTime={deal.created_at}>{format.date(deal.created_at, "day")}</time>
                  </li>
                ))}
              </ul>
            )}
          </>
        )}
    </section>
  );
}
