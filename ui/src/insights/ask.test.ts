import { describe, expect, it } from "vitest";
import { lean, parseBuilder, parseSavedBuilder, parseState, STEPS_MAX, withKind, type InsightState } from "./ask";

describe("the address of an insight", () => {
  it("survives nonsense", () => {
    expect(parseState({ kind: "sideways", ask: "x", chart: 7, period: "ages" })).toEqual({ kind: "funnel" });
    expect(parseState({ kind: "trend", chart: "sankey", ask: { series: [{ event: 5, measure: "most", where: [{ op: "like" }, "x"] }, null], interval: "hour", moving_average: 1 } }))
      .toEqual({ kind: "trend", ask: { series: [{ event: [] }] } });
    expect(parseState({ kind: "paths", ask: { max_steps: 99, top: 0, by_prop: ["x"], session_gap_s: -1 } })).toEqual({ kind: "paths", ask: {} });
    expect(parseBuilder({ pick: { step: "0", kind: "won" } })).toEqual({ kind: "funnel" });
    expect(parseBuilder({ pick: { at: "2026-01-01T00:00:00Z", cell: 3, kind: "converted", value: "" } })).toMatchObject({ pick: { at: "2026-01-01T00:00:00Z", cell: 3, kind: "converted", value: "" } });
  });

  const states: InsightState[] = [
    { kind: "funnel", period: "7d", chart: "bars", ask: { steps: [{ event: ["A", "B"], where: [{ prop: "channel", op: "in", values: ["x"] }], name: "Came" }, { event: [] }], order: "strict", window_s: 3600, breakdown: { prop: "path", attribution: "step:1", top: 5 }, exclusions: [{ event: ["C"], from_step: 0, to_step: 1 }], hold: ["page"], time: { from_step: 0, to_step: 1 } } },
    { kind: "trend", period: "custom", from: "2026-01-01", to: "2026-02-01", compare: "year", ask: { series: [{ event: ["A"], measure: "sum", prop: "value" }, { event: [] }], formula: "A / B", moving_average: 7, interval: "week" } },
    { kind: "retention", chart: "curve", ask: { event: ["A"], returning: ["B"], cohort: "first_ever", mode: "bracket", brackets: [1, 2], interval: "day" } },
    { kind: "paths", ask: { events: ["A"], by_prop: [{ event: "A", prop: "" }], group: [{ match: "/*", as: "" }], end: "A", session_gap_s: 60, max_steps: 4, repeats: true, top: 9 } },
    { kind: "lifecycle", ask: { event: [], interval: "month" } },
  ];

  it.each(states)("keeps what it knows, half-written parts too: $kind", (state) => {
    expect(parseState(JSON.parse(JSON.stringify(state)) as Record<string, unknown>)).toEqual(state);
  });

  it("has limits", () => {
    const { ask } = parseState({ ask: { steps: Array(99).fill({ event: ["A"] }) } });
    expect(ask && "steps" in ask && ask.steps.length).toBe(STEPS_MAX);
  });

  it("says nothing of a saved insight but whom one looks at", () => {
    expect(parseSavedBuilder({ pick: { step: 1, kind: "dropped" }, period: "7d" })).toEqual({ pick: { step: 1, kind: "dropped" } });
    expect(parseSavedBuilder({ kind: "trend", period: "7d" })).toEqual({ kind: "trend", period: "7d" });
  });
});

describe("another kind of question", () => {
  it("is asked about the same events over the same days", () => {
    const funnel: InsightState = { kind: "funnel", period: "7d", chart: "bars", ask: { steps: [{ event: ["A"] }, { event: [] }, { event: ["B"], name: "Second" }] } };
    expect(withKind(funnel, "trend")).toEqual({ kind: "trend", period: "7d", ask: { series: [{ event: ["A"], measure: "unique" }, { event: ["B"], measure: "unique" }] } });
    expect(withKind(funnel, "retention")).toEqual({ kind: "retention", period: "7d", ask: { event: ["A"] } });
    expect(withKind({ kind: "lifecycle", ask: { event: ["A"] } }, "funnel")).toEqual({ kind: "funnel", ask: { steps: [{ event: ["A"] }, { event: [] }] } });
    expect(withKind({ kind: "paths" }, "trend")).toEqual({ kind: "trend" });
  });
});

describe("lean", () => {
  it("leaves out what says nothing", () => {
    expect(lean({ a: undefined, b: false, c: [], d: 0, e: "" })).toEqual({ d: 0, e: "" });
  });
});
