import { describe, expect, it } from "vitest";
import { emptyRule, isTryable, minutesAs, settled } from "./rule";

describe("a rule", () => {
  it("keeps no remnant of what was chosen before", () => {
    const draft = { ...emptyRule(), name: " Leads ", choose_by: "person" as const, team_id: "tea_1", people: ["usr_1", "usr_2"], stage: "won", fallback_id: "usr_3" };
    expect(settled(draft)).toMatchObject({ name: "Leads", team_id: null, people: ["usr_1"], stage: null, fallback_id: null });
  });

  it("is tried when somebody can be chosen", () => {
    expect(isTryable(emptyRule())).toBe(false);
    expect(isTryable({ ...emptyRule(), team_id: "tea_1" })).toBe(true);
    expect(isTryable({ ...emptyRule(), choose_by: "person", team_id: "tea_1" })).toBe(false);
    expect(isTryable({ ...emptyRule(), team_id: "tea_1", nobody_there: "fallback" })).toBe(false);
  });
});

describe("minutes", () => {
  it.each([[90, 90, "minutes"], [120, 2, "hours"], [60, 1, "hours"], [15, 15, "minutes"]] as const)("%i are %i %s", (minutes, amount, unit) => {
    expect(minutesAs(minutes)).toEqual({ amount, unit });
  });
});
