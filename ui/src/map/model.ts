import type { FunnelAnswer } from "../api/types";
import { eventOf, type FunnelDocument } from "../funnels/document";
import type { DraftStage } from "./stages";
import type { ContentItem } from "./content";
import type { PlacedFindings } from "./findings";
import { numbersOf, type MapNumbers, type StageNumbers } from "./numbers";

/** All that the views show. */
export interface MapModel {
  /** As it is being edited. */
  document: FunnelDocument;
  stages: readonly DraftStage[];
  /** Null while they are counted. */
  numbers: MapNumbers | null;
  content: readonly (readonly ContentItem[])[];
  findings: PlacedFindings;
  channelName: (id: string) => string;
  isStale: boolean;
}

const NOBODY: StageNumbers = { count: 0, shareOfFirst: 0, hoped: null, hopedVerdict: null, value: null, next: null, loss: null };

/**
 * The numbers of a document that is being edited: a stage without an event is in no question, so nobody is there, and
 * the one before it is followed by nobody yet.
 */
export function numbersOfDraft(answer: FunnelAnswer, document: FunnelDocument, days: number, minorPerUnit: number | null): MapNumbers | null {
  const asked = document.stages.filter(({ enters_on }) => eventOf(enters_on).trim() !== "");
  if (answer.steps.length !== asked.length) return null;
  const numbers = numbersOf({ answer, document: { ...document, stages: asked }, days, minorPerUnit });
  if (asked.length === document.stages.length) return numbers;
  let at = 0;
  const places: number[] = [];
  const stages = document.stages.map((stage, index) => {
    if (eventOf(stage.enters_on).trim() === "") return NOBODY;
    places.push(index);
    return numbers.stages[at++] ?? NOBODY;
  });
  return { ...numbers, stages, worst: numbers.worst === null ? null : (places[numbers.worst] ?? null) };
}
