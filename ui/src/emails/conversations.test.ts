import { expect, it } from "vitest";
import type { TimelineItem } from "../activities/api";
import { foldConversations } from "./conversations";

const email = (id: string, conversation_id: string, state = "sent") => ({ activity: { id, email: { state, conversation_id } } }) as unknown as TimelineItem;
const event = { event: { position: 1 } } as unknown as TimelineItem;
const told = (items: TimelineItem[]) => foldConversations(items).map(({ item, earlier }) => [item.activity?.id ?? "event", ...earlier.map(({ id }) => id)]);

it("shows a conversation where its newest e-mail is", () => {
  expect(told([email("d", "a"), event, email("c", "x"), email("b", "a", "received"), email("a", "a")])).toEqual([["d", "b", "a"], ["event"], ["c"]]);
});

it("folds nothing that a person must still look at", () => {
  expect(told([email("c", "a", "received"), email("b", "a", "failed"), email("a", "a")])).toEqual([["c", "a"], ["b"]]);
});

it("leaves a timeline without e-mails as it is", () => {
  expect(told([event, event])).toEqual([["event"], ["event"]]);
  expect(told([])).toEqual([]);
});
