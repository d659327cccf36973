import { describe, expect, it } from "vitest";
import type { FunnelDocument } from "../funnels/document";
import { placeFindings, worstSeverity, type MapFinding } from "./findings";

const finding = (path: string, severity: MapFinding["severity"] = "advice", minor: number | null = null): MapFinding => ({
  rule: "r", severity, path, values: {}, cost_per_month: minor === null ? null : { minor, currency: "NOK" }, fix: null, what: path, why: "", mend: "",
});
const document: FunnelDocument = {
  id: "main", title: "Main", currency: "NOK", timezone: "UTC", locales: ["en"],
  stages: [{ id: "visit", enters_on: "Page Viewed" }, { id: "lead", enters_on: "Lead Captured" }], channels: [{ id: "ads", kind: "paid" }],
};

describe("findings", () => {
  it("stand where they are", () => {
    const placed = placeFindings([finding("stages[1].gate.requires[0]"), finding("stages[1].content[2].id"), finding("channels[0]"), finding("ladder[1]"), finding("stages[9]")], document);
    expect([...placed.stages.keys()]).toEqual(["lead"]);
    expect(placed.stages.get("lead")).toHaveLength(2);
    expect([...placed.content.keys()]).toEqual(["lead/2"]);
    expect([...placed.channels.keys()]).toEqual(["ads"]);
    expect(placed.rest.map(({ path }) => path)).toEqual(["ladder[1]", "stages[9]"]);
  });

  it("are told worst first, and among equals dearest first", () => {
    const all = [finding("stages[0].a", "advice"), finding("stages[0].b", "warning", 100), finding("stages[0].c", "warning", 900), finding("stages[0].d", "error")];
    expect(placeFindings(all, document).stages.get("visit")?.map(({ path }) => path.slice(-1))).toEqual(["d", "c", "b", "a"]);
    expect(worstSeverity(all)).toBe("error");
    expect(worstSeverity([])).toBeNull();
  });
});
