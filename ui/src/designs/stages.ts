import { slugOf } from "../offers/offer";

export const STAGES_MAX = 20;
export const STAGES_MIN = 2;

/** An id that no other has. */
export function freeId(wanted: string, taken: readonly string[]): string {
  const base = slugOf(wanted).slice(0, 50) || "stage";
  if (!taken.includes(base)) return base;
  let number = 2;
  while (taken.includes(`${base}-${number}`)) number += 1;
  return `${base}-${number}`;
}

/** The list with one thing moved. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list];
  const [taken] = next.splice(from, 1);
  if (taken !== undefined) next.splice(to, 0, taken);
  return next;
}
