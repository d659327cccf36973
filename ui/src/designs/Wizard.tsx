import { Badge, Button, Chip, Radio, Select, Skeleton, Stack, Text, TextInput, Title, UnstyledButton } from "@mantine/core";
import { IconArrowLeft, IconArrowRight, IconCheck } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { funnelViewsQuery } from "../api/queries";
import { FormProblem } from "../components/FormProblem";
import { PageHeader } from "../components/PageHeader";
import { describeError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { textFor } from "../localized";
import { slugOf } from "../offers/offer";
import { BUSINESSES, createDraft, DESIGNS, GOALS, REACHES, suggestTemplates, type Business, type Goal, type Reach, type Suggested } from "./api";
import classes from "./Designs.module.css";
import { StagesPicture } from "./StagesPicture";

const STEPS = ["goal", "business", "channels", "template", "name"] as const;
/** Suggestions that are shown first; the others are one press away. */
const BEST = 4;

/** From what is wished for to a draft: goal, business, channels, a template, a name. */
export function Wizard() {
  const { t } = useTranslation(["designs", "common"]);
  const [step, setStep] = useState(0);
  const [goal, setGoal] = useState<Goal | null>(null);
  const [business, setBusiness] = useState<Business | null>(null);
  const [channels, setChannels] = useState<Reach[]>([]);
  const [template, setTemplate] = useState<Suggested | null>(null);
  const name = STEPS[step] ?? "goal";
  const next = () => setStep(step + 1);
  return (
    <div>
      <PageHeader title={t("wizard.title")} lead={t("wizard.step", { number: step + 1, count: STEPS.length })} back={{ to: "/funnels/design", label: t("title") }} />
      {name === "goal" && <Question title={t("wizard.goal")}><Cards value={goal} options={GOALS.map((value) => ({ value, label: t(`goal.${value}`), hint: t(`goalHint.${value}`) }))} onPick={(value) => { setGoal(value); next(); }} /></Question>}
      {name === "business" && <Question title={t("wizard.business")}><Cards value={business} options={BUSINESSES.map((value) => ({ value, label: t(`business.${value}`), hint: t(`businessHint.${value}`) }))} onPick={(value) => { setBusiness(value); next(); }} /></Question>}
      {name === "channels" && (
        <Question title={t("wizard.channels")} hint={t("wizard.channelsHint")}>
          <Chip.Group multiple value={channels} onChange={(value) => setChannels(value)}>
            <div className={classes["chips"]}>{REACHES.map((value) => <Chip key={value} value={value} size="md">{t(`reach.${value}`)}</Chip>)}</div>
          </Chip.Group>
          <Button mt="lg" rightSection={<IconArrowRight size={18} stroke={1.5} />} onClick={next}>{t("wizard.next")}</Button>
        </Question>
      )}
      {name === "template" && goal && business && <Templates goal={goal} business={business} channels={channels} chosen={template} onPick={(value) => { setTemplate(value); next(); }} />}
      {name === "name" && template && <Naming template={template} />}
      {step > 0 && <Button mt="xl" variant="subtle" leftSection={<IconArrowLeft size={18} stroke={1.5} />} onClick={() => setStep(step - 1)}>{t("wizard.back")}</Button>}
    </div>
  );
}

function Question({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  return (
    <section aria-label={title} className={classes["wizard"]}>
      <Title order={2} mb={4}>{title}</Title>
      {hint && <Text c="dimmed" mb="md">{hint}</Text>}
      <div className={classes["question"]}>{children}</div>
    </section>
  );
}

function Cards<T extends string>({ value, options, onPick }: { value: T | null; options: { value: T; label: string; hint: string }[]; onPick: (value: T) => void }) {
  return (
    <div className={classes["cards"]}>
      {options.map((option) => (
        <UnstyledButton key={option.value} className={classes["choice"] ?? ""} aria-pressed={option.value === value} onClick={() => onPick(option.value)}>
          <Text fw={600}>{option.label}</Text>
          <Text size="sm" c="dimmed">{option.hint}</Text>
        </UnstyledButton>
      ))}
    </div>
  );
}

function Templates({ goal, business, channels, chosen, onPick }: { goal: Goal; business: Business; channels: Reach[]; chosen: Suggested | null; onPick: (template: Suggested) => void }) {
  const { t, i18n } = useTranslation("designs");
  const [isAll, setIsAll] = useState(false);
  const suggestions = useQuery({ queryKey: [...DESIGNS, "suggest", goal, business, channels], queryFn: () => suggestTemplates(goal, business, channels), staleTime: Infinity });
  if (suggestions.isError) return <QueryProblem error={suggestions.error} onRetry={() => void suggestions.refetch()} />;
  if (!suggestions.data) return <Stack>{[1, 2, 3].map((one) => <Skeleton key={one} height={120} radius="md" />)}</Stack>;
  const shown = isAll ? suggestions.data.items : suggestions.data.items.slice(0, BEST);
  return (
    <Question title={t("wizard.template")} hint={t("wizard.templateHint")}>
      <Stack gap="sm">
        {shown.map((one, index) => {
          const names = one.view.stages.map((stage) => textFor(stage, i18n.language));
          return (
            <UnstyledButton key={one.template} className={classes["choice"] ?? ""} data-template={one.template} aria-pressed={chosen?.template === one.template} onClick={() => onPick(one)}>
              <span className={classes["template"]}>
                <StagesPicture names={names} />
                <span>
                  <Text span fw={600} mr={8}>{textFor(one.view.title, i18n.language)}</Text>
                  {index === 0 && <Badge color="fjord" leftSection={<IconCheck size={12} />}>{t("wizard.best")}</Badge>}
                  <Text size="sm" mt={4}>{textFor(one.view.description, i18n.language)}</Text>
                  <Text size="xs" c="dimmed" mt={4}>{names.join(" → ")}</Text>
                </span>
              </span>
            </UnstyledButton>
          );
        })}
      </Stack>
      {!isAll && <Button mt="md" variant="default" onClick={() => setIsAll(true)}>{t("wizard.all", { count: suggestions.data.items.length })}</Button>}
    </Question>
  );
}

/** A funnel of its own, or in the place of one that runs. */
function Naming({ template }: { template: Suggested }) {
  const { t, i18n } = useTranslation("designs");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data: funnels } = useQuery(funnelViewsQuery);
  const running = funnels?.items ?? [];
  const [place, setPlace] = useState<"new" | "replace">("new");
  const [replaced, setReplaced] = useState<string | null>(null);
  const [title, setTitle] = useState(textFor(template.view.title, i18n.language));
  const [ownSlug, setOwnSlug] = useState<string | null>(null);
  const slug = ownSlug ?? slugOf(title).slice(0, 60);
  const create = useMutation({
    mutationFn: () => createDraft({ template: template.template, title, ...(place === "replace" ? { replaces: replaced ?? running[0]?.id ?? null, slug: "" } : { slug }) }),
    onSuccess: async (draft) => {
      await queries.invalidateQueries({ queryKey: DESIGNS });
      await navigate({ to: "/funnels/design/$funnelId", params: { funnelId: draft.funnel_id } });
    },
  });
  const slugProblem = create.error instanceof ApiProblem ? create.error.fields.find(({ field }) => field === "slug")?.detail : undefined;
  return (
    <Question title={t("wizard.name")}>
      <form onSubmit={(event) => { event.preventDefault(); create.mutate(); }}>
        <Stack gap="md" maw={520}>
          <FormProblem message={create.isError && !slugProblem ? describeError(create.error) : null} />
          <TextInput label={t("about.name")} required maxLength={80} data-autofocus value={title} onChange={(event) => setTitle(event.currentTarget.value)} />
          {running.length > 0 && (
            <Radio.Group label={t("wizard.place")} value={place} onChange={(value) => setPlace(value)}>
              <Stack gap="xs" mt="xs">
                <Radio value="new" label={t("wizard.own")} description={t("wizard.ownHint")} />
                <Radio value="replace" label={t("wizard.replace")} description={t("wizard.replaceHint")} />
              </Stack>
            </Radio.Group>
          )}
          {place === "replace" && running.length > 1 && <Select label={t("wizard.which")} allowDeselect={false} value={replaced ?? running[0]?.id ?? null} onChange={setReplaced} data={running.map(({ id, document }) => ({ value: id, label: textFor(document.title, i18n.language) || document.id }))} />}
          {place === "new" && <TextInput label={t("about.id")} description={t("wizard.idHint")} required maxLength={60} spellCheck={false} autoCapitalize="none" value={slug} error={slugProblem} onChange={(event) => setOwnSlug(event.currentTarget.value)} />}
          <Button type="submit" style={{ alignSelf: "flex-start" }} loading={create.isPending} disabled={!title.trim() || (place === "new" && !slug)}>{t("wizard.create")}</Button>
        </Stack>
      </form>
    </Question>
  );
}
