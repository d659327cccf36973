import { describe, expect, it } from "vitest";
import { keyOf } from "./fields";
import { countTests, emptyGroup, fromCondition, parseFilter, toCondition, type Condition, type Group } from "./filter";

describe("a filter", () => {
  const written = {
    all: [
      { field: "email", contains: "@acme.no" },
      { any: [{ field: "fields.size", one_of: ["large"] }, { field: "owner_id", known: false }] },
    ],
  } as unknown as Condition;

  it("comes back from the builder as it went in", () => {
    const group = fromCondition(written);
    expect(group && toCondition(group)).toEqual(written);
    expect(group && countTests(group)).toBe(3);
  });

  it("leaves out what is not finished", () => {
    const group: Group = { join: "any", parts: [{ field: "email", operator: "contains", value: "" }, { field: "tags", operator: "one_of", value: [] }, { join: "all", parts: [] }] };
    expect(toCondition(group)).toBeNull();
    expect(toCondition(emptyGroup())).toBeNull();
    expect(toCondition({ join: "all", parts: [...group.parts, { field: "is_x", operator: "is", value: false }] })).toEqual({ all: [{ field: "is_x", is: false }] });
  });

  it("is not shown as something else when the builder cannot show it", () => {
    expect(fromCondition({ not: { field: "email", known: true } })).toBeNull();
    expect(fromCondition({ field: "age", at_least: 1, below: 5 })).toBeNull();
    expect(fromCondition({ field: "age", at_least: 1 })).toEqual({ join: "all", parts: [{ field: "age", operator: "at_least", value: 1 }] });
  });

  it("asks for a segment in words of its own", () => {
    const segments: Condition = { all: [{ segment: "seg_1" }, { any: [{ not: { segment: "seg_2" } }, { field: "email", known: true }] }] };
    const group = fromCondition(segments);
    expect(group?.parts[0]).toEqual({ field: "segment", operator: "is", value: "seg_1" });
    expect(group && toCondition(group)).toEqual(segments);
    expect(fromCondition({ not: { segment: "seg_2" } })?.parts).toEqual([{ field: "segment", operator: "is_not", value: "seg_2" }]);
  });

  it("is none when the address is broken", () => {
    expect(parseFilter("{")).toBeNull();
    expect(parseFilter(undefined)).toBeNull();
  });
});

describe("a key", () => {
  it.each([["Størrelse på butikk", "storrelse_pa_butikk"], ["  2. Size (m²)! ", "size_m"], ["Ärger", "arger"], ["日本", ""]])("of %s is %s", (label, key) => {
    expect(keyOf(label)).toBe(key);
  });
});
