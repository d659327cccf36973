import { describe, expect, it } from "vitest";
import { barOf, paceState } from "./pace";

const pace = (actual: number, expected: number, amount: number) => ({ actual, expected, forecast: null, share: actual / amount });

describe("a pace", () => {
  it.each([[10, 5, 10, "reached"], [6, 5, 10, "ahead"], [5, 5, 10, "ahead"], [4, 5, 10, "behind"], [3, 5, 10, "far"]] as const)("of %i where %i is asked of %i is %s", (actual, expected, amount, state) => {
    expect(paceState(pace(actual, expected, amount))).toBe(state);
  });

  it("never leaves its bar", () => {
    expect(barOf(pace(15, 5, 10))).toEqual({ filled: 1, mark: 0.5 });
    expect(barOf(pace(0, 5, 10))).toEqual({ filled: 0, mark: 0 });
  });
});
