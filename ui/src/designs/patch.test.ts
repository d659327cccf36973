import { describe, expect, it } from "vitest";
import type { FunnelDocument } from "../funnels/document";
import { patched } from "./patch";

const DOC = { id: "main", title: "Main", currency: "NOK", timezone: "Europe/Oslo", locales: ["en"], stages: [{ id: "a", enters_on: "Page Viewed" }, { id: "b", enters_on: "Lead Captured" }] } as unknown as FunnelDocument;

describe("a fix", () => {
  it("changes what it names and leaves the former document alone", () => {
    const next = patched(DOC, { changes: [{ op: "add", path: "/stages/1/metrics", value: ["leads"] }, { op: "add", path: "/stages/-", value: { id: "c", enters_on: "X" } }, { op: "remove", path: "/stages/0" }, { op: "replace", path: "/title", value: "New" }] });
    expect(next.stages.map(({ id }) => id)).toEqual(["b", "c"]);
    expect(next.stages[0]?.metrics).toEqual(["leads"]);
    expect(next.title).toBe("New");
    expect(DOC.stages).toHaveLength(2);
  });

  it("fails where it does not fit", () => {
    expect(() => patched(DOC, { changes: [{ op: "remove", path: "/stages/7/metrics/0" }] })).toThrow();
    expect(() => patched(DOC, { changes: [{ op: "add", path: "/stages/9", value: {} }] })).toThrow();
  });
});
