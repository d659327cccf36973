import i18next from "i18next";
import { textFor } from "../localized";
import type { Funnel, Schema } from "../api/types";

/** What brings somebody into a stage: an event's name, or the event with conditions. */
export type EntersOn = Schema<"EntersOn">;
export type StageDocument = Schema<"Stage">;
export type ChannelDocument = Schema<"Channel">;
/** The funnel document. What the interface does not edit is kept as it came. */
export type FunnelDocument = Schema<"FunnelDoc">;
export type Finding = Schema<"Finding">;
export type FunnelView = Schema<"FunnelView">;

export const eventOf = (rule: EntersOn): string => (typeof rule === "string" ? rule : rule.event);
export const occurrenceOf = (rule: EntersOn): number => (typeof rule === "string" ? 1 : (rule.occurrence ?? 1));

export const stageName = (stage: StageDocument, language: string): string => textFor(stage.name, language).trim() || stage.id;

/** The hue that a stage keeps on every screen: the one it was given, else its place. */
export const stageHue = (stage: StageDocument | undefined, index: number): number => stage?.hue ?? index;

/** A channel as people call it: as a funnel names it, else as everybody does; an unknown one stays as it was sent. */
export function channelName(id: string, funnels: readonly FunnelView[], language: string): string {
  for (const { document } of funnels) {
    const channel = document.channels?.find((known) => known.id === id);
    const name = textFor(channel?.name, language).trim();
    if (name) return name;
  }
  // Any text may be a channel, so the keys are not the typed ones.
  const translate = i18next.t as (key: string, options: object) => string;
  return /^[a-z-]+$/.test(id) ? translate(`channels.${id}`, { ns: "common", lng: language, defaultValue: id }) : id;
}

/** A funnel as the report needs it, in the reader's language. */
export function toFunnel(view: FunnelView, language: string): Funnel {
  const { document } = view;
  const stages = document.stages.map((stage) => ({ id: stage.id, name: stageName(stage, language), event: eventOf(stage.enters_on) }));
  return { id: view.id, slug: document.id, title: textFor(document.title, language).trim() || document.id, stages };
}
