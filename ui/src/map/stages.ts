import { freeId } from "../designs/stages";
import { occurrenceOf, type EntersOn, type FunnelDocument, type StageDocument } from "../funnels/document";

/** The rule with another event; conditions on properties of the former event do not fit the new one. */
export const withEvent = (rule: EntersOn, event: string): EntersOn => {
  const occurrence = occurrenceOf(rule);
  return occurrence > 1 ? { event, occurrence } : event;
};

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
