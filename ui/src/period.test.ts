import { describe, expect, it } from "vitest";
import { comparedDays, dayAt, parsePeriod, resolveDays, spanOf, startOfDay } from "./period";

const TODAY = "2026-11-22";

describe("what an address means", () => {
  it.each([
    [{ period: "today" as const }, TODAY, TODAY],
    [{ period: "yesterday" as const }, "2026-11-21", "2026-11-21"],
    [{ period: "7d" as const }, "2026-11-16", TODAY],
    [{}, "2026-10-24", TODAY],
    [{ period: "month" as const }, "2026-11-01", TODAY],
    [{ period: "last_month" as const }, "2026-10-01", "2026-10-31"],
    [{ period: "year" as const }, "2026-01-01", TODAY],
    [{ period: "custom" as const, from: "2026-02-01", to: "2026-02-28" }, "2026-02-01", "2026-02-28"],
  ])("%o", (search, first, last) => {
    expect(resolveDays(search, TODAY)).toEqual({ first, last });
  });

  it("drops what makes no sense instead of failing", () => {
    expect(parsePeriod({ period: "custom", from: "2026-03-02", to: "2026-03-01" })).toEqual({});
    expect(parsePeriod({ period: "custom", from: "soon", to: 7 })).toEqual({});
    expect(parsePeriod({ period: "7d", compare: "moon" })).toEqual({ period: "7d" });
    expect(parsePeriod({ compare: "year" })).toEqual({ compare: "year" });
  });
});

describe("what is compared with", () => {
  it("has as many days, directly before", () => {
    expect(comparedDays({ first: "2026-11-16", last: TODAY }, "previous")).toEqual({ first: "2026-11-09", last: "2026-11-15" });
  });

  it("keeps within February a year before a leap day", () => {
    expect(comparedDays({ first: "2028-02-29", last: "2028-02-29" }, "year")).toEqual({ first: "2027-02-28", last: "2027-02-28" });
  });
});

describe("days in a time zone", () => {
  it.each([
    ["Europe/Oslo", "2026-07-01", "2026-06-30T22:00:00.000Z"],
    ["Europe/Oslo", "2026-12-01", "2026-11-30T23:00:00.000Z"],
    // The night in which clocks go back, and forth.
    ["Europe/Oslo", "2026-10-25", "2026-10-24T22:00:00.000Z"],
    ["Europe/Oslo", "2026-10-26", "2026-10-25T23:00:00.000Z"],
    ["Europe/Oslo", "2026-03-30", "2026-03-29T22:00:00.000Z"],
    ["America/Los_Angeles", "2026-07-01", "2026-07-01T07:00:00.000Z"],
    ["Asia/Kolkata", "2026-07-01", "2026-06-30T18:30:00.000Z"],
    ["UTC", "2026-07-01", "2026-07-01T00:00:00.000Z"],
  ])("%s %s", (zone, day, instant) => {
    expect(startOfDay(day, zone)).toBe(instant);
    expect(dayAt(Date.parse(instant), zone)).toBe(day);
    expect(dayAt(Date.parse(instant) - 1, zone)).not.toBe(day);
  });

  it("ends where the next day begins", () => {
    expect(spanOf({ first: "2026-10-25", last: "2026-10-25" }, "Europe/Oslo")).toEqual({ from: "2026-10-24T22:00:00.000Z", to: "2026-10-25T23:00:00.000Z" });
  });
});
