import { describe, expect, it } from "vitest";
import { linesOf, ruleOf, valueFor, type Condition } from "./rules";

const rule = (written: unknown) => written as Condition;

describe("a rule as lines", () => {
  it.each([
    { field: "contact.country", is: "NO" },
    { all: [{ field: "contact.age", at_least: 30 }, { did: "Offer Viewed", within: "7 days", times: 2 }] },
    { any: [{ field: "contact.city", one_of: ["Oslo", "Bergen"] }, { did: "Order Completed" }] },
  ])("is read and written back: %o", (written) => {
    const lines = linesOf(rule(written));
    expect(lines && ruleOf(lines)).toEqual(written);
  });

  it.each([{ not: { did: "Order Completed" } }, { all: [{ any: [{ did: "A" }] }] }, { field: "contact.age", at_least: 30, at_most: 45 }])("is left to the text where it is deeper: %o", (written) => {
    expect(linesOf(rule(written))).toBeNull();
  });

  it("is none without lines", () => {
    expect(ruleOf({ mode: "all", lines: [] })).toBeUndefined();
    expect(linesOf(undefined)).toEqual({ mode: "all", lines: [] });
  });

  it("gives a value the shape that its test asks for", () => {
    expect([valueFor("one_of", "a"), valueFor("is", ["a", "b"]), valueFor("known", ""), valueFor("contains", 3)]).toEqual([["a"], "a", true, "3"]);
  });
});
