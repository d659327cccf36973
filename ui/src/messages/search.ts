import { textsOf } from "../contacts/search";
import { MESSAGE_STATES, type MessageState } from "./api";

/** What the screen keeps in its address. */
export interface MessagesSearch {
  tab?: "templates";
  state?: MessageState;
  /** The template that is open, and its language. */
  template?: string;
  locale?: string;
}

export function parseMessages(search: Record<string, unknown>): MessagesSearch {
  const { template, locale } = textsOf(search, "template", "locale");
  if (search["tab"] === "templates") return { tab: "templates", ...(template ? { template } : {}), ...(locale ? { locale } : {}) };
  const state = MESSAGE_STATES.find((known) => known === search["state"]);
  return state ? { state } : {};
}
