import type { Schema } from "../api/types";
import type { FunnelDocument } from "../funnels/document";

export type Patch = Schema<"FunnelPatch">;

type Holder = Record<string, unknown> | unknown[];

/** The document after the changes of a fix: JSON Pointers with add, replace and remove. Throws where one does not fit. */
export function patched(document: FunnelDocument, patch: Patch): FunnelDocument {
  const next = structuredClone(document);
  for (const change of patch.changes) apply(next, change);
  return next;
}

function apply(root: Holder, change: Patch["changes"][number]): void {
  const names = change.path.split("/").slice(1).map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = names.pop();
  const parent = names.reduce<unknown>((holder, name) => (holder as Record<string, unknown> | undefined)?.[name], root) as Holder | undefined;
  if (last === undefined || parent == null) throw new Error(change.path);
  if (Array.isArray(parent)) {
    const place = last === "-" ? parent.length : Number(last);
    if (!Number.isInteger(place) || place < 0 || place > parent.length) throw new Error(change.path);
    if (change.op === "add") parent.splice(place, 0, change.value);
    else if (change.op === "replace") parent.splice(place, 1, change.value);
    else parent.splice(place, 1);
  } else if (change.op === "remove") Reflect.deleteProperty(parent, last);
  else parent[last] = change.value;
}
