import type { Activity, TimelineItem } from "../activities/api";

/** What a person must still look at stays in view. */
const UNSETTLED = new Set(["queued", "sending", "failed", "unknown", "suppressed"]);

export interface Folded {
  item: TimelineItem;
  /** E-mails of the same conversation that came before it, the newest first. */
  earlier: Activity[];
}

/** A timeline, the newest first, in which a conversation is one entry: its newest e-mail, with the others folded below. */
export function foldConversations(items: readonly TimelineItem[]): Folded[] {
  const newest = new Map<string, Folded>();
  const folded: Folded[] = [];
  for (const item of items) {
    const email = item.activity?.email;
    const head = email && newest.get(email.conversation_id);
    if (item.activity && head && !UNSETTLED.has(email.state)) {
      head.earlier.push(item.activity);
      continue;
    }
    const entry = { item, earlier: [] };
    if (email && !head) newest.set(email.conversation_id, entry);
    folded.push(entry);
  }
  return folded;
}
