import { describe, expect, it } from "vitest";
import { parseDesign, partOf } from "./search";

describe("the address of a design", () => {
  it("keeps only parts that there are", () => {
    expect(parseDesign({ part: "text", stage: "lead" })).toEqual({ part: "text", stage: "lead" });
    expect(parseDesign({ part: "everything", stage: ["a"] })).toEqual({});
  });

  it("leads to where a finding is", () => {
    const stages = [{ id: "a" }, { id: "b" }];
    expect(partOf("stages[1].gate.requires[0]", stages)).toEqual({ part: "stages", stage: "b" });
    expect(partOf("stages[7].name", stages)).toEqual({ part: "stages" });
    expect([partOf("ladder[0].offer", stages), partOf("personas", stages), partOf("caps", stages)].map(({ part }) => part)).toEqual(["offers", "buyers", "goals"]);
  });
});
