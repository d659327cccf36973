import { eventOf, occurrenceOf, type EntersOn, type FunnelDocument, type StageDocument } from "../funnels/document";
import { slugOf } from "../offers/offer";

export const STAGES_MAX = 20;
export const STAGES_MIN = 2;

/** The rule with another event; conditions on properties of the former event do not fit the new one. */
export const withEvent = (rule: EntersOn, event: string): EntersOn => {
  const occurrence = occurrenceOf(rule);
  return occurrence > 1 ? { event, occurrence } : event;
};

/** The rule with another occurrence, in its short form where that says it all. */
export function withOccurrence(rule: EntersOn, occurrence: number): EntersOn {
  const where = typeof rule === "string" ? undefined : rule.where;
  if (occurrence <= 1 && !where) return eventOf(rule);
  return { event: eventOf(rule), ...(where ? { where } : {}), ...(occurrence > 1 ? { occurrence } : {}) };
}

/** An id that no other stage has. */
export function freeId(wanted: string, taken: readonly string[]): string {
  const base = slugOf(wanted).slice(0, 50) || "stage";
  if (!taken.includes(base)) return base;
  let number = 2;
  while (taken.includes(`${base}-${number}`)) number += 1;
  return `${base}-${number}`;
}

export interface DraftStage extends StageDocument {
  /** Keeps a row itself while it moves, and tells new stages from those that events already name. */
  key: string;
  isNew: boolean;
}

export const draftStages = (stages: readonly StageDocument[]): DraftStage[] => stages.map((stage) => ({ ...stage, key: stage.id, isNew: false }));

/** The document with the stages as they were drafted. New ones get their id from their name, unlike any other's. */
export function withStages(document: FunnelDocument, drafts: readonly DraftStage[]): FunnelDocument {
  const taken = drafts.filter(({ isNew }) => !isNew).map(({ id }) => id);
  const stages = drafts.map(({ isNew, ...draft }) => {
    const stage: StageDocument & { key?: string } = { ...draft };
    delete stage.key;
    if (!isNew) return stage;
    const name = typeof stage.name === "string" ? stage.name : (Object.values(stage.name ?? {}).find((text) => text.trim() !== "") ?? "");
    const id = freeId(name, taken);
    taken.push(id);
    return { ...stage, id };
  });
  return { ...document, stages };
}

/** The list with one thing moved. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list];
  const [taken] = next.splice(from, 1);
  if (taken !== undefined) next.splice(to, 0, taken);
  return next;
}
