import { describe, expect, it } from "vitest";
import { fromCivil, inDays, toCivil } from "./zoned";

const OSLO = "Europe/Oslo";

describe("times of a zone", () => {
  it.each([
    ["2026-01-15T09:00", "2026-01-15T08:00:00.000Z"],
    ["2026-07-15T09:00", "2026-07-15T07:00:00.000Z"],
    // Half past two does not exist that night, and is twice in October: then the first counts.
    ["2026-03-29T02:30", "2026-03-29T01:30:00.000Z"],
    ["2026-10-25T02:30", "2026-10-25T00:30:00.000Z"],
    ["2026-10-25T03:30", "2026-10-25T02:30:00.000Z"],
  ])("%s in Oslo is %s", (civil, moment) => {
    expect(fromCivil(civil, OSLO)).toBe(moment);
  });

  it("reads back what it writes", () => {
    for (let hour = 0; hour < 24 * 400; hour += 7) {
      const civil = toCivil(Date.UTC(2026, 0, 1, hour), "America/New_York");
      expect(toCivil(fromCivil(civil, "America/New_York") ?? "", "America/New_York")).toBe(civil);
    }
    expect(fromCivil("", OSLO)).toBeNull();
  });

  it("counts days by the calendar of the zone", () => {
    // 23:30 in Oslo: tomorrow is the 30th there, though the clocks change in between.
    expect(inDays(1, 9, OSLO, Date.parse("2026-03-28T22:30:00Z"))).toBe("2026-03-29T07:00:00.000Z");
    expect(inDays(0, 15, OSLO, Date.parse("2026-03-28T23:30:00Z"))).toBe("2026-03-29T13:00:00.000Z");
  });
});
