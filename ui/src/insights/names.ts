import i18next from "i18next";
import type { Format } from "../format";
import { propertyName } from "../funnels/BreakdownControls";
import { channelName, stageName, type FunnelView } from "../funnels/document";
import { eventName } from "../i18n";
import type { Interval } from "./ask";

export { propertyName };

export const eventsName = (events: readonly string[]): string => events.map(eventName).join(" / ");

/** What one value of a property is called; an empty one is nobody's. */
export function valueName(prop: string, value: string, funnels: readonly FunnelView[], language: string): string {
  if (value === "") return i18next.t("noValue", { ns: "insights" });
  return prop === "channel" ? channelName(value, funnels, language) : value;
}

/** A bucket as people call it: a day, the week that begins on it, a month. */
export const bucketName = (start: string, interval: Interval, format: Format): string =>
  interval === "month" ? format.date(start, "month") : format.date(start, "day");

/** What a stage is called; one that no funnel has stays as it was sent. */
export function stageTitle(id: string, funnels: readonly FunnelView[], language: string): string {
  const stage = funnels.flatMap(({ document }) => document.stages).find((one) => one.id === id);
  return stage ? stageName(stage, language) : id;
}
