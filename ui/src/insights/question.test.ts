import { describe, expect, it } from "vitest";
import type { Asks, InsightState, Kind } from "./ask";
import { bucketsOf, fromFilter, placeOf, questionOf, stateOf, toFilter, type InsightQuery } from "./question";

const DAYS = { first: "2026-10-01", last: "2026-10-31" };
const SPAN = { from: "2026-09-30T22:00:00Z", to: "2026-10-31T23:00:00Z" };
const ZONE = "Europe/Oslo";
const ask = <K extends Kind>(kind: K, of: Asks[K], rest: Partial<InsightState> = {}) => questionOf({ ...rest, kind, ask: of } as unknown as InsightState, of, DAYS, SPAN, ZONE);

describe("a filter", () => {
  it("is written as the API reads it", () => {
    expect(toFilter([
      { prop: "channel", op: "in", values: ["a"] },
      { prop: "path", op: "in", values: ["a", "b"] },
      { prop: "value", op: "gte", values: ["100"] },
      { prop: "value", op: "lt", values: ["many"] },
      { prop: "coupon", op: "not_set", values: [] },
      { prop: "", op: "in", values: ["x"] },
      { prop: "later", op: "in", values: [] },
    ])).toEqual({ channel: "a", path: ["a", "b"], value: [{ op: "gte", value: 100 }, { op: "lt", value: "many" }], coupon: { op: "not_set" } });
    expect(toFilter([])).toBeUndefined();
  });

  it("comes back from any spelling", () => {
    expect(fromFilter({ a: "x", b: [1, 2], c: null, d: { op: "eq", value: true }, e: [{ op: "neq", value: "x" }, { op: "in", value: ["y"] }], f: { op: "odd", value: 1 } })).toEqual([
      { prop: "a", op: "in", values: ["x"] },
      { prop: "b", op: "in", values: ["1", "2"] },
      { prop: "c", op: "not_set", values: [] },
      { prop: "d", op: "in", values: ["true"] },
      { prop: "e", op: "not_in", values: ["x"] },
      { prop: "e", op: "in", values: ["y"] },
    ]);
  });
});

describe("the question that a state means", () => {
  it("waits until there is something to ask", () => {
    expect(ask("funnel", { steps: [{ event: ["A"] }, { event: [] }] })).toBeNull();
    expect(ask("trend", { series: [{ event: [] }] })).toBeNull();
    expect(ask("retention", { event: [] })).toBeNull();
    expect(ask("paths", {})?.query.insight).toBe("paths");
  });

  it("leaves out empty steps, and finds its errors their place", () => {
    const question = ask("funnel", { steps: [{ event: [] }, { event: ["A"] }, { event: ["B", "C"] }], exclusions: [{ event: ["X"], from_step: 1, to_step: 2 }] });
    expect(question?.query).toMatchObject({ steps: [{ event: "A" }, { event: ["B", "C"] }], exclusions: [{ event: "X", from_step: 0, to_step: 1 }], window_s: 2_592_000, ...SPAN });
    expect(question && placeOf("steps.1.where.path", question)).toBe("steps.2.where.path");
    expect(question && placeOf("window_s", question)).toBe("window_s");
  });

  it("is held against another period where its kind can be", () => {
    const other = { from: "2026-08-31T22:00:00Z", to: "2026-09-30T22:00:00Z" };
    const against = <K extends Kind>(kind: K, of: Asks[K]) => questionOf({ kind, ask: of } as unknown as InsightState, of, DAYS, SPAN, ZONE, other)?.query;
    expect(against("funnel", { steps: [{ event: ["A"] }, { event: ["B"] }] })).toMatchObject({ ...SPAN, compare: other });
    expect(against("trend", { series: [{ event: ["A"] }] })).toMatchObject({ compare: other });
    expect(against("retention", { event: ["A"] })).toMatchObject({ compare: { from: other.from } });
    expect(against("lifecycle", { event: ["A"] })).not.toHaveProperty("compare");
  });

  it("asks one event in the short form", () => {
    const question = ask("trend", { series: [{ event: [] }, { event: ["A"], measure: "sum", prop: "value" }] });
    expect(question?.query).toEqual({ insight: "trend", event: "A", measure: "sum", prop: "value", interval: "day", time_zone: ZONE, ...SPAN });
    expect(question && placeOf("prop", question)).toBe("series.1.prop");
    expect(ask("trend", { series: [{ event: ["A"] }, { event: ["B"] }], formula: "A / B" })?.query).toMatchObject({ series: [{ event: "A" }, { event: "B" }], formula: "A / B" });
  });

  it("asks as many periods as the days touch, and enough for the brackets", () => {
    expect(ask("retention", { event: ["A"] })?.query).toMatchObject({ period: "week", periods: 5, from: SPAN.from });
    expect(ask("retention", { event: ["A"], interval: "day", mode: "bracket", brackets: [30, 30] })?.query).toMatchObject({ periods: 61, brackets: [30, 30] });
  });

  it("measures the time only where it is shown", () => {
    const steps = [{ event: ["A"] }, { event: ["B"] }];
    expect(ask("funnel", { steps }, { chart: "funnel" })?.query).not.toHaveProperty("time_to_convert");
    expect(ask("funnel", { steps }, { chart: "time" })?.query).toMatchObject({ time_to_convert: { from_step: 0, to_step: 1 } });
  });
});

describe("buckets", () => {
  it.each([["day", 31], ["week", 5], ["month", 1]] as const)("by %s", (interval, count) => {
    expect(bucketsOf(DAYS, interval)).toBe(count);
  });
  it("begin on Mondays and firsts", () => {
    expect(bucketsOf({ first: "2026-11-22", last: "2026-11-23" }, "week")).toBe(2);
    expect(bucketsOf({ first: "2026-12-31", last: "2027-01-01" }, "month")).toBe(2);
  });
});

describe("a saved question", () => {
  const asks: { [K in Kind]: Asks[K] } = {
    funnel: { steps: [{ event: ["A"], where: [{ prop: "p", op: "contains", values: ["x"] }] }, { event: ["B"], name: "B!", optional: true, window_s: 5 }, { event: ["C"] }], order: "ordered", window_s: 60, first_ever: true, count_prop: "deal", value: "value", breakdown: { prop: "channel", and: "device", attribution: "last_touch", top: 3 }, hold: ["page"] },
    trend: { series: [{ event: ["A"], measure: "unique" }, { event: ["B"], measure: "total" }], formula: "B / A", interval: "week", moving_average: 3, breakdown: { prop: "x", top: 4 } },
    retention: { event: ["A"], returning: ["B", "C"], cohort: "recurring", mode: "bracket", brackets: [1, 2], interval: "day" },
    time_in_stage: { event: ["Stage Entered"], where: [{ prop: "funnel", op: "in", values: ["x"] }], prop: "stage", unit: "deal", exit: ["Deal Won", "Deal Lost"] },
    paths: { around: { funnel: { steps: [{ event: ["A"] }, { event: ["B"] }], order: "strict", window_s: 60, count: "people" }, step: 1, kind: "dropped", side: "after" }, events: ["A", "B"], by_prop: [{ event: "A", prop: "path" }], group: [{ match: "/*", as: "All" }], start: "A", session_gap_s: 60, max_steps: 3, top: 10, repeats: true },
    lifecycle: { event: ["A"], where: [{ prop: "p", op: "set", values: [] }], interval: "month" },
  };

  it.each(Object.keys(asks) as Kind[])("means the same when it is read again: %s", (kind) => {
    const question = ask(kind, asks[kind]);
    expect(question).not.toBeNull();
    const state = stateOf(question?.query as InsightQuery, { period: "30d" }, ZONE);
    expect(state).toEqual({ kind, period: "30d", ask: asks[kind] });
  });

  it("of the API alone brings its own days", () => {
    expect(stateOf({ insight: "trend", event: "A", from: "2026-10-01T00:00:00Z", to: "2026-10-08T00:00:00Z" }, {}, "UTC")).toEqual({ kind: "trend", period: "custom", from: "2026-10-01", to: "2026-10-07", ask: { series: [{ event: ["A"] }] } });
    expect(stateOf({ insight: "retention", event: "A", period: "week", periods: 4, from: "2026-10-05T00:00:00Z" }, {}, "UTC")).toMatchObject({ from: "2026-10-05", to: "2026-11-01" });
    expect(stateOf({ steps: [{ event: "A" }, { event: "B" }] } as unknown as InsightQuery, {}, "UTC")).toMatchObject({ kind: "funnel" });
  });
});
