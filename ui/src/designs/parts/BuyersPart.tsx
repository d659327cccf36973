import { Alert, Button, NumberInput, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import { Section } from "../../components/Section";
import { type FunnelDocument } from "../../funnels/document";
import { freeId } from "../stages";
import classes from "../Designs.module.css";
import { EventField, LocalizedField, LocalizedRows, Rows, SpanField, useWriting } from "../fields";
import { replaced, tidy, without } from "../values";
import { RuleFields } from "./RuleFields";
import { tidyDocument } from "./GoalsPart";

type Persona = NonNullable<FunnelDocument["personas"]>[number];
type Scoring = Schema<"FunnelScoring">;

const WORDS = ["gender", "place", "occupation", "income", "education", "household", "company"] as const;
const LISTS = ["psychography", "pains", "goals", "buying"] as const;

/** What the program reckons with where the document says nothing; the same as in the program itself. */
const USUAL: Scoring = {
  recency: { weight: 35, half_life: "7 days" },
  engagement: {
    weight: 45, half_life: "14 days", full_at: 40,
    points: [{ did: "Page Viewed", points: 1, at_most: 8 }, { did: "Email Link Clicked", points: 4, at_most: 16 }, { did: "Lead Magnet Downloaded", points: 6, at_most: 12 }, { did: "Lead Captured", points: 8, at_most: 16 }, { did: "Offer Viewed", points: 8, at_most: 24 }, { did: "Booking Made", points: 20 }, { did: "Checkout Started", points: 20 }],
  },
  trust: { weight: 20, full_at: 20, points: [{ when: { field: "contact.email", known: true }, points: 5 }, { when: { field: "contact.phone", known: true }, points: 5 }, { when: { did: "Order Completed" }, points: 20 }] },
  warm_from: 30,
  hot_from: 60,
};

/** For whom the funnel is made, and when somebody is warm or hot. */
export function BuyersPart({ document, onChange }: { document: FunnelDocument; onChange: (next: FunnelDocument) => void }) {
  const { t } = useTranslation("designs");
  const { isFixed } = useWriting();
  const personas = (document.personas ?? []);
  const put = (change: object) => onChange(tidyDocument({ ...document, ...change }));
  return (
    <>
      <Section title={t("personas.title")} hint={t("personas.hint")}>
        <Stack gap="md">
          {personas.map((persona, index) => (
            <PersonaCard key={index} persona={persona} onChange={(next) => put({ personas: replaced(personas, index, next) })} onRemove={() => put({ personas: without(personas, index) })} />
          ))}
          {personas.length === 0 && <Text size="sm" c="dimmed">{t("personas.none")}</Text>}
          {!isFixed && personas.length < 50 && <Button style={{ alignSelf: "flex-start" }} variant="default" leftSection={<IconPlus size={16} stroke={1.5} />} onClick={() => put({ personas: [...personas, { id: freeId("persona", personas.map(({ id }) => id ?? "")) }] })}>{t("personas.add")}</Button>}
        </Stack>
      </Section>
      <Section title={t("scoring.title")} hint={t("scoring.hint")}>
        {document.scoring ? <ScoringFields scoring={document.scoring} onChange={(scoring) => put({ scoring })} onReset={() => put({ scoring: undefined })} /> : (
          <Alert color="gray">
            <Stack gap="xs" align="flex-start">
              <Text size="sm">{t("scoring.usual")}</Text>
              {!isFixed && <Button size="compact-sm" variant="default" onClick={() => put({ scoring: USUAL })}>{t("scoring.change")}</Button>}
            </Stack>
          </Alert>
        )}
      </Section>
    </>
  );
}

function PersonaCard({ persona, onChange, onRemove }: { persona: Persona; onChange: (next: Persona) => void; onRemove: () => void }) {
  const { t } = useTranslation("designs");
  const { isFixed } = useWriting();
  const put = (change: object) => { const { id, ...rest } = { ...persona, ...change }; onChange({ id, ...tidy(rest) }); };
  const demography = (change: object) => put({ demography: tidy({ ...persona.demography, ...change }) });
  return (
    <div className={classes["card"]}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        <LocalizedField label={t("personas.name")} value={persona.name ?? undefined} onChange={(name) => put({ name })} />
        <TextInput label={t("stages.id")} value={persona.id ?? ""} readOnly={isFixed} spellCheck={false} onChange={(event) => put({ id: event.currentTarget.value })} />
      </SimpleGrid>
      <div className={classes["thirds"]}>
        {(["age_min", "age_max"] as const).map((age) => <NumberInput key={age} label={t(`personas.${age}`)} min={0} max={120} hideControls allowDecimal={false} readOnly={isFixed} value={persona.demography?.[age] ?? ""} onChange={(next) => demography({ [age]: next === "" ? undefined : Number(next) })} />)}
        {WORDS.map((word) => <LocalizedField key={word} label={t(`personas.${word}`)} value={persona.demography?.[word]} onChange={(next) => demography({ [word]: next })} />)}
      </div>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        {LISTS.map((list) => <LocalizedRows key={list} label={t(`personas.${list}`)} items={persona[list] ?? []} onChange={(next) => put({ [list]: next })} />)}
      </SimpleGrid>
      <RuleFields label={t("personas.rule")} rule={persona.rule ?? undefined} onChange={(rule) => put({ rule })} />
      {!isFixed && <Button size="compact-sm" variant="subtle" color="red" onClick={onRemove}>{t("personas.remove")}</Button>}
    </div>
  );
}

function ScoringFields({ scoring, onChange, onReset }: { scoring: Scoring; onChange: (next: Scoring) => void; onReset: () => void }) {
  const { t } = useTranslation("designs");
  const { isFixed } = useWriting();
  const { recency, engagement, trust } = scoring;
  const number = (label: string, value: number, most: number, change: (next: number) => void) => <NumberInput label={label} min={0} max={most} allowDecimal={false} readOnly={isFixed} value={value} onChange={(next) => change(Number(next) || 0)} />;
  return (
    <Stack gap="md">
      <div className={classes["thirds"]}>
        {number(t("scoring.warmFrom"), scoring.warm_from, 100, (warm_from) => onChange({ ...scoring, warm_from }))}
        {number(t("scoring.hotFrom"), scoring.hot_from, 100, (hot_from) => onChange({ ...scoring, hot_from }))}
      </div>
      <div className={classes["thirds"]}>
        {number(t("scoring.recencyWeight"), recency.weight, 100, (weight) => onChange({ ...scoring, recency: { ...recency, weight } }))}
        <SpanField label={t("scoring.halfLife")} value={recency.half_life} onChange={(half_life) => half_life && onChange({ ...scoring, recency: { ...recency, half_life } })} />
      </div>
      <div className={classes["thirds"]}>
        {number(t("scoring.engagementWeight"), engagement.weight, 100, (weight) => onChange({ ...scoring, engagement: { ...engagement, weight } }))}
        <SpanField label={t("scoring.halfLife")} value={engagement.half_life} onChange={(half_life) => half_life && onChange({ ...scoring, engagement: { ...engagement, half_life } })} />
        {number(t("scoring.fullAt"), engagement.full_at, 10_000, (full_at) => onChange({ ...scoring, engagement: { ...engagement, full_at } }))}
      </div>
      <Rows<Scoring["engagement"]["points"][number]> label={t("scoring.points")} items={engagement.points} onChange={(points) => onChange({ ...scoring, engagement: { ...engagement, points } })} make={() => ({ did: "", points: 1 })} add={t("scoring.addPoints")} remove={(place) => t("scoring.removePoints", { number: place })}>
        {(one, change) => (
          <>
            <EventField label={t("scoring.event")} value={one.did} onChange={(did) => change({ ...one, did })} />
            {number(t("scoring.each"), one.points, 1_000, (points) => change({ ...one, points }))}
            {number(t("scoring.atMost"), one.at_most ?? 0, 10_000, (at_most) => change({ ...one, at_most: at_most > 0 ? at_most : null }))}
          </>
        )}
      </Rows>
      <div className={classes["thirds"]}>
        {number(t("scoring.trustWeight"), trust.weight, 100, (weight) => onChange({ ...scoring, trust: { ...trust, weight } }))}
        {number(t("scoring.fullAt"), trust.full_at, 10_000, (full_at) => onChange({ ...scoring, trust: { ...trust, full_at } }))}
      </div>
      <Rows<Scoring["trust"]["points"][number]> label={t("scoring.trustPoints")} items={trust.points} onChange={(points) => onChange({ ...scoring, trust: { ...trust, points } })} make={() => ({ when: { field: "contact.phone", known: true }, points: 5 })} add={t("scoring.addPoints")} remove={(place) => t("scoring.removePoints", { number: place })}>
        {(one, change) => (
          <>
            <RuleFields label={t("scoring.when")} rule={one.when} onChange={(when) => when && change({ ...one, when })} />
            {number(t("scoring.each"), one.points, 1_000, (points) => change({ ...one, points }))}
          </>
        )}
      </Rows>
      {!isFixed && <Button style={{ alignSelf: "flex-start" }} size="compact-sm" variant="subtle" onClick={onReset}>{t("scoring.reset")}</Button>}
    </Stack>
  );
}
