import type { Schema } from "../api/types";
import type { FunnelDocument, StageDocument } from "../funnels/document";
import { isEmptyText } from "../localized";
import { sightingKey, type Sighting } from "./api";

export type TouchpointRef = Schema<"JourneyTouchpoint">;
export type Worry = Schema<"JourneyWorry">;

export const ROWS = ["online", "offline", "looksFor", "worries", "motivators", "content"] as const;
export type JourneyRow = (typeof ROWS)[number];

export const touchpointsAt = (stage: StageDocument, place: Schema<"Touchpoint">): TouchpointRef[] => (stage.journey?.touchpoints ?? []).filter((touchpoint) => (touchpoint.place ?? "online") === place);

/** What a touchpoint's people are counted by; null where no event tells of it. */
export const sightingOf = ({ event, channel }: TouchpointRef): Sighting | null => (event ? { event, channel: channel ?? "" } : null);

/** What must be counted for a document's touchpoints, each once. */
export function sightingsOf(document: FunnelDocument): Sighting[] {
  const all = document.stages.flatMap(({ journey }) => (journey?.touchpoints ?? []).map(sightingOf)).filter((sighting) => sighting !== null);
  return [...new Map(all.map((sighting) => [sightingKey(sighting), sighting])).values()];
}

/** Whether a stage has anything to show in a row. */
export function hasRow(stage: StageDocument, row: JourneyRow, contentCount: number): boolean {
  const { journey } = stage;
  if (row === "online" || row === "offline") return touchpointsAt(stage, row).length > 0;
  if (row === "looksFor") return (journey?.looks_for ?? []).length > 0;
  if (row === "content") return contentCount > 0;
  return (journey?.[row] ?? []).length > 0;
}

/** Whether anybody has written down how the stages look from the other side. */
export const isJourneyWritten = (document: FunnelDocument): boolean => document.stages.some((stage) => ROWS.some((row) => row !== "content" && hasRow(stage, row, 0)));

/** A doubt that nothing answers costs sales quietly. */
export const isUnanswered = ({ answer, content }: Worry): boolean => isEmptyText(answer) && !content;
