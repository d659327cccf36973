import { expect, it } from "vitest";
import { calling } from "./MentionArea";

it.each([
  ["Ask @Em", 7, "Em"],
  ["@", 1, ""],
  ["@Kari No", 8, "Kari No"],
  ["mail kari@no", 12, null],
  ["@Em is here now", 15, null],
  ["nobody", 6, null],
])("%s calls %s", (text, cursor, expected) => {
  expect(calling(text, cursor)).toBe(expected);
});
