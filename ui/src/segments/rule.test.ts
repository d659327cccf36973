import { describe, expect, it } from "vitest";
import type { Condition } from "../records/filter";
import { fromRule, isFinished, newEvent, partOf, toRule, type Part } from "./rule";

const SEGMENT = "seg_01jd0000000000000000000000";

/** Rules that are written back exactly as they were read. */
const SAME: Condition[] = [
  { field: "contact.country", is: "NO" },
  { field: "contact.email", known: false },
  { did: "Order Completed" },
  { not: { did: "Order Completed", in_last: "30 days" } },
  { did: "Page Viewed", where: { path: ["/a", "/b"] }, within: "2 hours", times: 3 },
  { did: "Order Completed", in_last: "1 day", before: "3 hours", which: "last" },
  { did: "Order Completed", sum: { of: "value", at_least: 1000 } },
  { segment: SEGMENT },
  { not: { segment: SEGMENT } },
  { deal: { all: [{ field: "deal.status", one_of: ["open"] }, { any: [{ field: "deal.value", above: 5 }, { field: "deal.stage", one_of: ["won"] }] }] } },
  { not: { deal: { all: [] } } },
  { all: [{ field: "metric.score", at_least: 50 }, { any: [{ did: "A" }, { not: { did: "B" } }] }] },
  { not: { any: [{ did: "A" }, { did: "B" }] } },
  { any: [{ not: { all: [{ did: "A" }, { did: "B" }] } }, { segment: SEGMENT }] },
];

/** What the builder cannot draw stays as it is written, inside a rule too. */
const KEPT: Condition[] = [
  { not: { not: { did: "A" } } },
  { did: "Order Completed", sum: { of: "value", at_least: 1, at_most: 2 } },
  { deal: { not: { field: "deal.status", is: "open" } } },
  { did: "A", soon: true } as Condition,
  { somehow: 1 } as Condition,
];

describe("a rule in the builder", () => {
  it.each(SAME)("is written back as it was: %j", (rule) => expect(toRule(fromRule(rule))).toEqual(rule));

  it.each(KEPT)("keeps what it cannot draw: %j", (rule) => {
    expect(partOf(rule)).toEqual({ kind: "other", rule });
    const inside = { any: [{ did: "A" }, rule] };
    expect(toRule(fromRule(inside))).toEqual(inside);
  });

  it("makes a line of each test of a field", () => {
    const rule = { all: [{ field: "contact.age", at_least: 30, at_most: 45 }, { did: "A" }] } as Condition;
    expect(fromRule(rule).parts.map(({ kind }) => kind)).toEqual(["field", "field", "event"]);
    expect(toRule(fromRule(rule))).toEqual({ all: [{ field: "contact.age", at_least: 30 }, { field: "contact.age", at_most: 45 }, { did: "A" }] });
    expect(toRule(fromRule({ any: [{ field: "contact.age", at_least: 30, at_most: 45 }, { did: "A" }] }))).toEqual({ any: [{ all: [{ field: "contact.age", at_least: 30 }, { field: "contact.age", at_most: 45 }] }, { did: "A" }] });
  });

  it("turns a field that must not be so into a group of none", () => {
    const rule = { not: { field: "contact.country", is: "NO" } };
    expect(fromRule(rule)).toMatchObject({ kind: "group", join: "none", parts: [{ kind: "field" }] });
    expect(toRule(fromRule(rule))).toEqual(rule);
  });

  it("leaves out what is not finished, and says so", () => {
    const half: Part[] = [
      newEvent(),
      { kind: "field", test: { field: "contact.country", operator: "is", value: "" } },
      { kind: "segment", isNot: false, id: "" },
      { kind: "deal", isNot: false, group: { join: "all", parts: [{ field: "deal.value", operator: "above", value: "" }] } },
      { kind: "group", join: "any", parts: [] },
    ];
    for (const part of half) {
      expect(isFinished(part), JSON.stringify(part)).toBe(false);
      expect(toRule(part), JSON.stringify(part)).toBeNull();
    }
    const open = [{ window: { kind: "in_last", days: null } }, { window: { kind: "within", span: "" } }, { where: [["path", []]] }, { before: "" }, { sum: { of: "value", comparison: "at_least", amount: null } }] as const;
    for (const detail of open) {
      const part = { ...newEvent("A"), ...detail } as Part;
      expect(isFinished(part), JSON.stringify(part)).toBe(false);
      expect(toRule(part), JSON.stringify(part)).toEqual({ did: "A" });
    }
    expect(toRule({ kind: "group", join: "none", parts: [...half, newEvent("B")] })).toEqual({ not: { did: "B" } });
  });
});
