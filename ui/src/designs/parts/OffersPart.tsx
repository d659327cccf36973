import { Autocomplete, Checkbox, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Section } from "../../components/Section";
import { stageName, type ChannelDocument, type FunnelDocument } from "../../funnels/document";
import { textFor } from "../../localized";
import { offersQuery } from "../../offers/api";
import { freeId } from "../stages";
import { ChoiceField, LocalizedField, Rows, useWriting } from "../fields";
import { tidy } from "../values";
import { tidyDocument } from "./GoalsPart";

type Rung = NonNullable<FunnelDocument["ladder"]>[number];

const RUNGS = ["lead-magnet", "tripwire", "core", "additional"] as const;

/** The ladder of offers, and the ways by which people come. */
export function OffersPart({ document, onChange }: { document: FunnelDocument; onChange: (next: FunnelDocument) => void }) {
  const { t, i18n } = useTranslation("designs");
  const { isFixed } = useWriting();
  const { data } = useQuery(offersQuery);
  const put = (change: object) => onChange(tidyDocument({ ...document, ...change }));
  const offers = (data?.items ?? []).map(({ document: offer }) => ({ value: offer.slug, label: textFor(offer.name, i18n.language) || offer.slug }));
  const stages = document.stages.map((stage) => ({ value: stage.id, label: stageName(stage, i18n.language) }));
  return (
    <>
      <Section title={t("ladder.title")} hint={t("ladder.hint")}>
        <Rows<Rung> label={t("ladder.title")} items={document.ladder} most={20} onChange={(ladder) => put({ ladder })} make={() => ({ rung: "core", offer: offers[0]?.value ?? "" })} add={t("ladder.add")} remove={(number) => t("ladder.remove", { number })}>
          {(rung, change) => (
            <>
              <Autocomplete label={t("ladder.rung")} style={{ flex: "1 1 140px" }} value={rung.rung} data={[...RUNGS]} readOnly={isFixed} onChange={(next) => change({ ...rung, rung: next })} />
              <ChoiceField label={t("ladder.offer")} clearable={false} value={rung.offer || undefined} data={offers} placeholder={t("ladder.choose")} onChange={(offer) => change({ ...rung, offer: offer ?? "" })} />
              <ChoiceField label={t("ladder.stage")} value={rung.stage ?? undefined} data={stages} onChange={(stage) => change({ rung: rung.rung, offer: rung.offer, ...tidy({ stage }) })} />
            </>
          )}
        </Rows>
      </Section>
      <Section title={t("channels.title")} hint={t("channels.hint")}>
        <Stack gap="sm">
          <Rows<ChannelDocument> label={t("channels.title")} items={document.channels} most={100} onChange={(channels) => put({ channels })} make={() => ({ id: freeId("channel", (document.channels ?? []).map(({ id }) => id)), kind: "owned" })} add={t("channels.add")} remove={(number) => t("channels.remove", { number })}>
            {(channel, change) => {
              const set = (next: object) => { const { id, kind, ...rest } = { ...channel, ...next }; change({ id, kind, ...tidy(rest) }); };
              const utm = (next: object) => set({ utm: tidy({ ...channel.utm, ...next }) });
              return (
                <>
                  <LocalizedField label={t("channels.name")} value={channel.name} onChange={(name) => set({ name })} />
                  <TextInput label={t("stages.id")} style={{ flex: "1 1 120px" }} value={channel.id} readOnly={isFixed} spellCheck={false} onChange={(event) => set({ id: event.currentTarget.value })} />
                  <ChoiceField label={t("channels.kind")} clearable={false} value={channel.kind} data={(["paid", "owned", "earned"] as const).map((value) => ({ value, label: t(`channels.kinds.${value}`) }))} onChange={(kind) => set({ kind })} />
                  <ChoiceField label={t("channels.place")} clearable={false} value={channel.touchpoint ?? "online"} data={(["online", "offline"] as const).map((value) => ({ value, label: t(`channels.places.${value}`) }))} onChange={(place) => set({ touchpoint: place === "offline" ? place : undefined })} />
                  <TextInput label="utm_source" style={{ flex: "1 1 110px" }} value={channel.utm?.source ?? ""} readOnly={isFixed} spellCheck={false} onChange={(event) => utm({ source: event.currentTarget.value })} />
                  <TextInput label="utm_medium" style={{ flex: "1 1 110px" }} value={channel.utm?.medium ?? ""} readOnly={isFixed} spellCheck={false} onChange={(event) => utm({ medium: event.currentTarget.value })} />
                  <TextInput label={t("channels.code")} style={{ flex: "1 1 110px" }} value={channel.code ?? ""} readOnly={isFixed} spellCheck={false} onChange={(event) => set({ code: event.currentTarget.value })} />
                  <Checkbox label={t("channels.targeted")} mt={28} checked={channel.targeted ?? false} disabled={isFixed} onChange={(event) => set({ targeted: event.currentTarget.checked })} />
                </>
              );
            }}
          </Rows>
        </Stack>
      </Section>
    </>
  );
}
