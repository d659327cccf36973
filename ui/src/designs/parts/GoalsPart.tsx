import { Button, MultiSelect, NumberInput, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import { Section } from "../../components/Section";
import { stageName, type FunnelDocument } from "../../funnels/document";
import { freeId } from "../stages";
import classes from "../Designs.module.css";
import { ChoiceField, LocalizedField, OwnerField, PeopleField, RateField, Rows, SpanField, useWriting } from "../fields";
import { PERIODS, replaced, tidy, without } from "../values";
import { METRICS, unitOf } from "../words";

type Goal = Schema<"FunnelGoal">;
type Cluster = Schema<"FunnelCluster">;

/** What is hoped for of single measures. */
export function GoalRows({ label, goals, onChange }: { label: string; goals: readonly Goal[] | null | undefined; onChange: (next: Goal[]) => void }) {
  const { t } = useTranslation("designs");
  const { isFixed } = useWriting();
  return (
    <Rows<Goal> label={label} items={goals ?? []} onChange={onChange} make={() => ({ metric: "conversion", value: "10%" })} add={t("goals.add")} remove={(number) => t("goals.remove", { number })}>
      {(goal, change) => {
        const put = (next: object) => { const { metric, value, ...rest } = { ...goal, ...next }; change({ metric, value, ...tidy(rest) }); };
        const unit = unitOf(goal.metric);
        return (
          <>
            <ChoiceField label={t("goals.metric")} clearable={false} value={goal.metric} data={METRICS.map((value) => ({ value, label: t(`metric.${value}`) }))}
              onChange={(metric) => metric && put({ metric, ...(unitOf(metric) === unit ? {} : { value: unitOf(metric) === "share" ? "10%" : unitOf(metric) === "time" ? "1 day" : 1, per: undefined }) })} />
            {unit === "share" && <RateField label={t("goals.value")} value={String(goal.value)} onChange={(value) => put({ value: value ?? "0%" })} />}
            {unit === "time" && <SpanField label={t("goals.value")} value={String(goal.value)} onChange={(value) => value && put({ value })} />}
            {unit === "number" && <NumberInput label={t("goals.value")} allowDecimal={false} hideControls readOnly={isFixed} value={typeof goal.value === "number" ? goal.value : 0} onChange={(value) => put({ value: Number(value) || 0 })} />}
            {unit === "number" && <ChoiceField label={t("goals.per")} value={goal.per ?? undefined} data={PERIODS.map((value) => ({ value, label: t(`periods.${value}`) }))} onChange={(per) => put({ per })} />}
            <OwnerField label={t("owner")} value={goal.owner} onChange={(owner) => put({ owner })} />
          </>
        );
      }}
    </Rows>
  );
}

/** What is hoped for of the whole, of its parts, and how much one person is written to. */
export function GoalsPart({ document, onChange }: { document: FunnelDocument; onChange: (next: FunnelDocument) => void }) {
  const { t, i18n } = useTranslation("designs");
  const { isFixed } = useWriting();
  const clusters = document.clusters ?? [];
  const put = (change: object) => onChange(tidyDocument({ ...document, ...change }));
  const caps = (change: object) => put({ caps: tidy({ ...document.caps, ...change }) });
  const stages = document.stages.map((stage) => ({ value: stage.id, label: stageName(stage, i18n.language) }));
  const channels = (document.channels ?? []).map(({ id }) => id);
  return (
    <>
      <Section title={t("about.title")} hint={t("about.hint")}>
        <Stack gap="sm">
          <LocalizedField label={t("about.name")} value={document.title} onChange={(title) => put({ title: title ?? "" })} />
          <LocalizedField label={t("about.description")} isLong value={document.description} onChange={(description) => put({ description })} />
          <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
            <TextInput label={t("about.id")} value={document.id} readOnly />
            <TextInput label={t("about.currency")} value={document.currency} readOnly={isFixed} maxLength={3} onChange={(event) => event.currentTarget.value.length === 3 && put({ currency: event.currentTarget.value.toUpperCase() })} />
            <TextInput label={t("about.languages")} value={document.locales.join(", ")} readOnly />
          </SimpleGrid>
        </Stack>
      </Section>
      <Section title={t("goals.title")} hint={t("goals.hint")}><GoalRows label={t("goals.title")} goals={document.goals} onChange={(goals) => put({ goals })} /></Section>
      <Section title={t("caps.title")} hint={t("caps.hint")}>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          {(["all", "email", "sms", "push"] as const).map((way) => <PeopleField key={way} label={t(`caps.${way}`)} value={document.caps?.[way] ?? undefined} onChange={(next) => caps({ [way]: next })} />)}
        </SimpleGrid>
      </Section>
      <Section title={t("clusters.title")} hint={t("clusters.hint")}>
        <Stack gap="md">
          {clusters.map((cluster, index) => {
            const change = (next: object) => { const { id, ...rest } = { ...cluster, ...next }; put({ clusters: replaced<Cluster>(clusters, index, { id, ...tidy(rest) }) }); };
            return (
              <div key={index} className={classes["card"]}>
                <div className={classes["line"]}>
                  <LocalizedField label={t("clusters.name")} value={cluster.name} onChange={(name) => change({ name })} />
                  <TextInput label={t("stages.id")} value={cluster.id} readOnly={isFixed} spellCheck={false} onChange={(event) => change({ id: event.currentTarget.value })} />
                  <OwnerField label={t("owner")} value={cluster.owner} onChange={(owner) => change({ owner })} />
                  <TextInput label={t("clusters.team")} value={cluster.team ?? ""} readOnly={isFixed} onChange={(event) => change({ team: event.currentTarget.value })} />
                  <ChoiceField label={t("clusters.partOf")} value={cluster.part_of || undefined} data={clusters.filter(({ id }) => id !== cluster.id).map(({ id }) => id)} onChange={(part_of) => change({ part_of })} />
                </div>
                <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
                  <MultiSelect label={t("clusters.stages")} value={[...(cluster.stages ?? [])]} data={stages} readOnly={isFixed} onChange={(next) => change({ stages: next })} />
                  <MultiSelect label={t("clusters.channels")} value={[...(cluster.channels ?? [])]} data={channels} readOnly={isFixed} onChange={(next) => change({ channels: next })} />
                </SimpleGrid>
                <GoalRows label={t("stages.goals")} goals={cluster.goals} onChange={(goals) => change({ goals })} />
                {!isFixed && <Button size="compact-sm" variant="subtle" color="red" onClick={() => put({ clusters: without(clusters, index) })}>{t("clusters.remove")}</Button>}
              </div>
            );
          })}
          {clusters.length === 0 && <Text size="sm" c="dimmed">{t("clusters.none")}</Text>}
          {!isFixed && <Button style={{ alignSelf: "flex-start" }} variant="default" leftSection={<IconPlus size={16} stroke={1.5} />} onClick={() => put({ clusters: [...clusters, { id: freeId("part", clusters.map(({ id }) => id)) }] })}>{t("clusters.add")}</Button>}
        </Stack>
      </Section>
    </>
  );
}

/** The document without parts that say nothing; what every document has stays. */
export function tidyDocument(document: FunnelDocument): FunnelDocument {
  const { id, title, currency, timezone, locales, stages, ...rest } = document;
  return { id, title, currency, timezone, locales, stages, ...tidy(rest) };
}
