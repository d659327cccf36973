import { describe, expect, it } from "vitest";
import { peopleOver, readPeople, readRate, readTime, seconds, targetDigits, writePeople, writeRate, writeTime } from "./targets";

describe("targets", () => {
  it.each(["4000 per month", "1 per day", "20 per quarter"])("are written as they were read: %s", (text) => {
    const read = readPeople(text);
    expect(read && writePeople(read)).toBe(text);
  });

  it.each(["7 days", "1 day", "36 hours", "2 weeks"])("keep their time: %s", (text) => {
    const read = readTime(text);
    expect(read && writeTime(read)).toBe(text);
  });

  it.each([["12.5%", 0.125], ["100%", 1], ["0%", 0], ["101%", null], ["ten", null], ["", null]])("read %s as %s", (text, share) => {
    expect(readRate(text)).toBe(share);
  });

  it.each([[12.5, "12.5%"], [10, "10%"], [3.14159, "3.14%"]])("write %d as %s", (percent, text) => {
    expect(writeRate(percent)).toBe(text);
  });

  it.each([[0.15, 0], [0.555, 1], [0.1234, 2], [1, 0], [0.07, 0]])("show %d with %i decimals", (share, digits) => {
    expect(targetDigits(share)).toBe(digits);
  });

  it.each(["", "many", "4 per decade", null, undefined])("leave aside what says no such thing: %s", (text) => {
    expect([readPeople(text), readTime(text)]).toEqual([null, null]);
  });

  it("are stretched over the days of a period", () => {
    expect(peopleOver({ count: 70, per: "week" }, 30)).toBe(300);
    expect(seconds({ count: 36, unit: "hour" })).toBe(129_600);
  });
});
