import { textsOf } from "../contacts/search";

export const TABS = ["company", "brand", "mail", "keys", "users", "routing", "fields", "operations"] as const;
export type Tab = (typeof TABS)[number];

export const isTab = (text: string): text is Tab => (TABS as readonly string[]).includes(text);

/** What the parts of the settings keep in their address. */
export interface SettingsSearch {
  /** Of the operations. */
  part?: "jobs" | "audit" | "refusals";
  state?: "queued" | "running" | "done" | "dead" | "all";
}

const PARTS = ["jobs", "audit", "refusals"];
const STATES = ["queued", "running", "done", "dead", "all"];

export function parseSettings(search: Record<string, unknown>): SettingsSearch {
  const { part, state } = textsOf(search, "part", "state");
  return {
    ...(part && PARTS.includes(part) ? { part: part as NonNullable<SettingsSearch["part"]> } : {}),
    ...(state && STATES.includes(state) ? { state: state as NonNullable<SettingsSearch["state"]> } : {}),
  };
}
