import { describe, expect, it } from "vitest";
import type { AnswerOf } from "../api";
import { excluding } from "./PathsView";
import { bucketEnd, cohortTable, durationScale, foldPaths, histogramBins, isUnfinished, pathSteps, trendLines } from "./shape";

const ZONE = "Europe/Oslo";
const NAMES = { series: ["First", "Second"], value: (value: string) => `<${value}>`, formula: undefined, rest: (count: number) => `${count} more`, mean: (name: string) => `mean ${name}` };

describe("buckets of a trend", () => {
  it("end when the next begins, also when clocks change", () => {
    expect(new Date(bucketEnd("2026-10-24T22:00:00Z", "day", ZONE)).toISOString()).toBe("2026-10-25T23:00:00.000Z");
    expect(new Date(bucketEnd("2026-10-31T23:00:00Z", "month", ZONE)).toISOString()).toBe("2026-11-30T23:00:00.000Z");
  });

  it("are unfinished while they run or are cut off", () => {
    const starts = ["2026-11-09T00:00:00Z", "2026-11-16T00:00:00Z"];
    const now = Date.parse("2026-12-01T00:00:00Z");
    expect(isUnfinished(starts, "week", "UTC", "2026-11-23T00:00:00Z", now)).toBe(false);
    expect(isUnfinished(starts, "week", "UTC", "2026-11-20T00:00:00Z", now)).toBe(true);
    expect(isUnfinished(starts, "week", "UTC", "2026-11-23T00:00:00Z", Date.parse("2026-11-18T00:00:00Z"))).toBe(true);
    expect(isUnfinished([], "week", "UTC", "2026-11-23T00:00:00Z", now)).toBe(false);
  });
});

describe("lines of a trend", () => {
  const answer = { insight: "trend", starts: [], values: [1, 2], total: 3 } as unknown as AnswerOf<"trend">;

  it("are the series, or the formula alone", () => {
    const series = [{ name: "a", values: [1], total: 1 }, { name: "b", values: [2], total: 2 }];
    expect(trendLines({ ...answer, series }, NAMES).map(({ name, hue }) => [name, hue])).toEqual([["First", 0], ["Second", 1]]);
    expect(trendLines({ ...answer, series }, { ...NAMES, formula: "A / B" }).map(({ name }) => name)).toEqual(["A / B"]);
  });

  it("put a mean before the values that it smooths", () => {
    expect(trendLines({ ...answer, moving_average: [null, 1.5] }, NAMES)).toEqual([
      { name: "mean First", values: [null, 1.5], total: 3, hue: 0 },
      { name: "First", values: [1, 2], total: 3, hue: 0, role: "raw", people: {} },
    ]);
  });

  it("name the rest of a breakdown only where there is one", () => {
    const breakdown = [{ value: "x", values: [1], total: 1 }];
    const rest = { value_count: 0, values: [0], total: 0 };
    expect(trendLines({ ...answer, breakdown, rest }, NAMES).map(({ name }) => name)).toEqual(["<x>"]);
    expect(trendLines({ ...answer, breakdown, rest: { ...rest, value_count: 4 } }, NAMES).map(({ name }) => name)).toEqual(["<x>", "4 more"]);
  });
});

describe("the cohort table", () => {
  const starts = ["2026-10-05", "2026-10-12", "2026-10-19", "2026-10-26"].map((day) => `${day}T00:00:00Z`);
  const answer = { insight: "retention", starts, cohorts: [[100, 50, 20, 10], [200, 60, 8], [0, 0], [50]] } as AnswerOf<"retention">;

  it("has shares, and an average over finished cells only", () => {
    const { rows, average, total } = cohortTable(answer, null, "week", "UTC", Date.parse("2026-10-28T00:00:00Z"));
    expect(rows.map(({ size }) => size)).toEqual([100, 200, 0, 50]);
    expect(rows[0]?.cells.map((cell) => [cell?.share, cell?.isUnfinished])).toEqual([[0.5, false], [0.2, false], [0.1, true]]);
    expect(average).toEqual([110 / 300, 20 / 100, null]);
    expect(total).toBe(350);
  });

  it("knows nothing of the future", () => {
    const { rows } = cohortTable(answer, null, "week", "UTC", Date.parse("2026-10-14T00:00:00Z"));
    expect(rows).toHaveLength(2);
    expect(rows[0]?.cells.map((cell) => cell?.isUnfinished ?? null)).toEqual([true, null, null]);
  });

  it("takes periods together", () => {
    const { rows } = cohortTable({ ...answer, cohorts: [[100, 50, 20], [200, 60], [0], [50]] }, [1, 2], "week", "UTC", Date.parse("2026-10-28T00:00:00Z"));
    expect(rows[0]?.cells.map((cell) => cell?.isUnfinished)).toEqual([false, true]);
  });
});

describe("paths", () => {
  const answer = {
    insight: "paths", sessions: 10, one_step_sessions: 0, cut_off_sessions: 0, links_total: 1,
    nodes: [{ id: "1 A", step: 1, label: "A", sessions: 10 }, { id: "2 B", step: 2, label: "B", sessions: 4 }, { id: "2 A", step: 2, label: "A", sessions: 1 }],
    links: [{ source: "1 A", target: "2 B", sessions: 4, median_s: 1 }],
  } as AnswerOf<"paths">;

  it("say how many went on", () => {
    const { steps, labels } = pathSteps(answer);
    expect(steps.map(({ onwards }) => onwards)).toEqual([4, 0, 0]);
    expect(labels).toEqual(["A", "B"]);
  });

  it("can do without a step", () => {
    expect(excluding({}, "A", ["A", "B"])).toEqual({ events: ["B"] });
    expect(excluding({ events: ["A"] }, "A", ["A", "B"])).toBeNull();
    const by_prop = [{ event: "A", prop: "path" }];
    expect(excluding({ by_prop }, "/x", ["A"])).toEqual({ by_prop, where: [{ prop: "path", op: "not_in", values: ["/x"] }] });
    expect(excluding({ by_prop, where: [{ prop: "path", op: "not_in", values: ["/x"] }] }, "/y", ["A"])?.where).toEqual([{ prop: "path", op: "not_in", values: ["/x", "/y"] }]);
    expect(excluding({ by_prop, group: [{ match: "/*", as: "Pages" }] }, "Pages", ["A"])).toBeNull();
  });
});

describe("a histogram", () => {
  it("ends with its last people", () => {
    expect(histogramBins({ width_s: 10, bins: [[0, 2], [10, 0], [20, 1], [30, 0]] })).toEqual([
      { from_s: 0, to_s: 10, people: 2 }, { from_s: 10, to_s: 20, people: 0 }, { from_s: 20, to_s: 30, people: 1 },
    ]);
  });
});

describe("a scale of times", () => {
  it("goes from the shortest to the longest by factors", () => {
    const at = durationScale([1, 100, null, 10_000]);
    expect([1, 100, 10_000, null].map(at)).toEqual([0, 50, 100, 0]);
    expect(durationScale([])(5)).toBe(0);
    expect(durationScale([7, 7])(7)).toBe(0);
  });
});

describe("paths with too many steps at one place", () => {
  const step = (id: string, place: number, sessions: number) => ({ id, step: place, label: id, sessions, onwards: sessions - 1 });
  const link = (source: string, target: string, sessions: number) => ({ source, target, sessions, median_s: 5 });
  const steps = [step("a", 1, 9), step("b", 2, 1), step("c", 2, 5), step("d", 2, 2)];
  const links = [link("a", "b", 1), link("a", "c", 5), link("a", "d", 2)];

  it("keep the largest and put the others together, with their ways", () => {
    const folded = foldPaths(steps, links, 2);
    expect(folded.steps.map(({ id, sessions }) => [id, sessions])).toEqual([["a", 9], ["c", 5], ["rest:2", 3]]);
    expect(folded.steps.at(-1)).toMatchObject({ folded: 2, onwards: 1 });
    expect(folded.links).toEqual([{ source: "a", target: "rest:2", sessions: 3, median_s: null }, link("a", "c", 5)]);
  });

  it("stay as they are where there is room", () => {
    expect(foldPaths(steps, links, 3)).toEqual({ steps, links });
  });
});
