import { describe, expect, it } from "vitest";
import { freeId, moved } from "./stages";

describe("an id", () => {
  it("comes from a name, and is unlike any other's", () => {
    expect(freeId("Vurdering på nytt!", [])).toBe("vurdering-pa-nytt");
    expect([freeId("Lead", ["lead"]), freeId("Lead", ["lead", "lead-2"]), freeId("", [])]).toEqual(["lead-2", "lead-3", "stage"]);
  });
});

describe("things in a list", () => {
  it("move", () => {
    expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
    expect(moved(["a", "b", "c"], 2, 1)).toEqual(["a", "c", "b"]);
    expect(moved([], 0, 1)).toEqual([]);
  });
});
