import { describe, expect, it } from "vitest";
import { readPeople, readRate, readSpan, tidy, writePeople, writeRate, writeSpan } from "./values";

describe("values as words", () => {
  it.each(["7 days", "1 hour", "36 hours", "2 weeks", "30 minutes"])("reads and writes %s", (text) => {
    const span = readSpan(text);
    expect(span && writeSpan(span)).toBe(text);
  });

  it("reads people and shares", () => {
    expect(readPeople("4000 per month")).toEqual({ count: 4000, per: "month" });
    expect(writePeople(2, "week")).toBe("2 per week");
    expect([readRate("12.5%"), readRate("10 %"), readRate("ten")]).toEqual([12.5, 10, null]);
    expect([writeRate(12.345), writeRate(140), writeRate(-1), writeRate(7)]).toEqual(["12.35%", "100%", "0%", "7%"]);
  });

  it("leaves out what says nothing", () => {
    expect(tidy({ a: "", b: [], c: {}, d: 0, e: "x", f: undefined, g: false })).toEqual({ d: 0, e: "x" });
  });
});
