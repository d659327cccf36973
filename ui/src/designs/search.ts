import { textsOf } from "../contacts/search";

export const PARTS = ["stages", "buyers", "offers", "goals", "text", "history"] as const;
export type Part = (typeof PARTS)[number];

/** What a design keeps in its address. */
export interface DesignSearch {
  part?: Part;
  /** The stage that is open, by id. */
  stage?: string;
}

export function parseDesign(search: Record<string, unknown>): DesignSearch {
  const { part, stage } = textsOf(search, "part", "stage");
  return { ...(part && (PARTS as readonly string[]).includes(part) ? { part: part as Part } : {}), ...(stage ? { stage } : {}) };
}

/** The part of the design in which a path of the document is written, and the stage where it is one. */
export function partOf(path: string, stages: readonly { id: string }[]): DesignSearch {
  const [, place] = /^stages\[(\d+)\]/.exec(path) ?? [];
  if (place !== undefined) return { part: "stages", ...(stages[Number(place)] ? { stage: (stages[Number(place)] as { id: string }).id } : {}) };
  if (/^(personas|scoring)/.test(path)) return { part: "buyers" };
  if (/^(ladder|channels)/.test(path)) return { part: "offers" };
  if (/^stages/.test(path)) return { part: "stages" };
  return { part: "goals" };
}
