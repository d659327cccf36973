import { expect, it } from "vitest";
import { replySubject } from "./EmailForm";

it.each([
  ["Tuesday", "Re: Tuesday"],
  ["Sv: Tuesday", "Sv: Tuesday"],
  ["RE : Tuesday", "RE : Tuesday"],
  ["Reading list", "Re: Reading list"],
])("an answer to %s is about %s", (subject, expected) => {
  expect(replySubject(subject, `Re: ${subject}`)).toBe(expected);
});
