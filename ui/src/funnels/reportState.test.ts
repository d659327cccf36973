import { describe, expect, it } from "vitest";
import type { Funnel } from "../api/types";
import { buildQuery, parseReport, STEPS_MAX } from "./reportState";

const FUNNEL: Funnel = {
  id: "fun_1",
  slug: "clinic",
  title: "Clinic",
  stages: [
    { id: "a", name: "Awareness", event: "Page Viewed" },
    { id: "b", name: "Interest", event: ["Lead Captured", "Booking Made"] },
  ],
};
const SPAN = { from: "2026-10-01T00:00:00Z", to: "2026-11-01T00:00:00Z" };

describe("the address of a report", () => {
  it("survives nonsense", () => {
    expect(parseReport({ steps: [1, "A", null], order: "sideways", window: "-5", by: "", pick: { step: "0", kind: "won" }, period: "ages" })).toEqual({ steps: ["A"] });
    expect(parseReport({ pick: "people", window: 0.5, attribution: "step:1" })).toEqual({});
  });

  it("keeps what it knows", () => {
    const search = { funnel: "clinic", order: "strict" as const, window: 3600, by: "channel", attribution: "last_touch" as const, pick: { step: 1, kind: "dropped" as const, value: "" }, person: "anon:1", period: "7d" as const };
    expect(parseReport(search)).toEqual(search);
  });

  it("has a limit of steps", () => {
    expect(parseReport({ steps: Array(99).fill("A") }).steps).toHaveLength(STEPS_MAX);
  });
});

describe("the query that it means", () => {
  it("follows the funnel's stages", () => {
    expect(buildQuery({}, FUNNEL, SPAN)).toEqual({
      insight: "funnel",
      steps: [{ event: "Page Viewed" }, { event: ["Lead Captured", "Booking Made"] }],
      order: "ordered",
      window_s: 2_592_000,
      ...SPAN,
    });
  });

  it("takes own steps, either event, and a breakdown", () => {
    const query = buildQuery({ steps: ["A", " B | C ", ""], by: "channel" }, FUNNEL, SPAN);
    expect(query?.steps).toEqual([{ event: "A" }, { event: ["B", "C"] }]);
    expect(query?.breakdown).toEqual({ prop: "channel", attribution: "first_touch" });
  });

  it("asks nothing with fewer than two steps", () => {
    expect(buildQuery({ steps: ["A", " | "] }, FUNNEL, SPAN)).toBeNull();
    expect(buildQuery({}, undefined, SPAN)).toBeNull();
  });
});
