import { describe, expect, it } from "vitest";
import type { FunnelAnswer } from "../api/types";
import { reachOf, stepChanges, verdictOf } from "./change";

const change = (diff: number, p_value: number | null) => ({ diff, ci_low: diff - 0.05, ci_high: diff + 0.03, p_value });

const step = (count: number, share: number, given: object = {}) => ({ name: "", count, conversion_from_prev: share, conversion_from_first: share, ci_low: 0.1, ci_high: 0.9, avg_s: null, median_s: null, p25_s: null, p75_s: null, p90_s: null, p95_s: null, dropped: 0, ...given });
const answer = (steps: ReturnType<typeof step>[]) => ({ steps, counts: steps.map(({ count }) => count) }) as unknown as FunnelAnswer;

describe("what changed", () => {
  it.each([
    [change(0.1, 0.01), "up"],
    [change(-0.1, 0.049), "down"],
    [change(0.1, 0.05), "chance"],
    [change(0, 1), "same"],
    [change(0, null), "same"],
  ])("of %o is %s", (given, verdict) => {
    expect(verdictOf(given)).toBe(verdict);
  });

  it("is told of every step but the first, of the step before or of the first", () => {
    const now = answer([step(100, 1), step(50, 0.5, { change: change(0.1, 0.01), change_from_first: change(0.2, 0.5) })]);
    const former = answer([step(80, 1), step(32, 0.4)]);
    expect(stepChanges(now, former, "previous")).toEqual([{ step: 1, before: 0.4, now: 0.5, change: change(0.1, 0.01), verdict: "up" }]);
    expect(stepChanges(now, former, "first")[0]?.verdict).toBe("chance");
    expect(stepChanges(now, undefined, "first")).toEqual([]);
    expect(stepChanges(now, answer([step(80, 1)]), "first")).toEqual([]);
  });

  it("is not known where nobody was there before", () => {
    const now = answer([step(100, 1), step(50, 0.5, { change: change(0.5, null), change_from_first: change(0.5, null) })]);
    const nobody = answer([step(0, 1), step(0, 0, { ci_low: 0, ci_high: 1 })]);
    expect(stepChanges(now, nobody, "previous")[0]).toMatchObject({ change: null, verdict: "none" });
    expect(stepChanges(now, nobody, "first")[0]?.verdict).toBe("none");
  });

  it("is drawn to the scale of its widest interval", () => {
    const now = answer([step(100, 1), step(50, 0.5, { change: change(0.1, 0.01) })]);
    expect(reachOf(stepChanges(now, answer([step(80, 1), step(32, 0.4)]), "previous"))).toBeCloseTo(0.13);
    expect(reachOf([])).toBe(0);
  });
});
