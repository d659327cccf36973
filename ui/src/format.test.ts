import { describe, expect, it } from "vitest";
import { createFormat } from "./format";

/** Intl writes no-break spaces of two widths and a true minus; tests read better with plain ones. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ").replace("\u2212", "-");

describe("numbers are written as the reader's language writes them", () => {
  it.each([
    ["en", "1,234,567", "12%", "6.4%"],
    ["nb", "1 234 567", "12 %", "6,4 %"],
    ["sv", "1 234 567", "12 %", "6,4 %"],
    ["da", "1.234.567", "12 %", "6,4 %"],
    ["fi", "1 234 567", "12 %", "6,4 %"],
  ])("%s", (language, integer, large, small) => {
    const format = createFormat(language);
    expect(plain(format.integer(1_234_567))).toBe(integer);
    expect(plain(format.percent(0.1234))).toBe(large);
    expect(plain(format.percent(0.064))).toBe(small);
  });

  it("shows a dash where there is no number", () => {
    const format = createFormat("en");
    expect([format.percent(null), format.percent(Number.NaN), format.duration(undefined)]).toEqual(["–", "–", "–"]);
  });
});

describe("money", () => {
  it.each([
    [{ minor: 99_000, currency: "NOK" }, "nb", "990 kr"],
    [{ minor: 99_050, currency: "NOK" }, "nb", "990,50 kr"],
    [{ minor: 1_234, currency: "JPY" }, "en", "JP¥1,234"],
    [{ minor: -2_500, currency: "EUR" }, "en", "-€25"],
  ])("%o in %s", (amount, language, text) => {
    expect(plain(createFormat(language).money(amount))).toBe(text);
  });

  it("leaves the minor unit out when asked", () => {
    expect(plain(createFormat("nb").money({ minor: 99_050, currency: "NOK" }, { whole: true }))).toMatch(/^99[01] kr$/);
  });
});

describe("duration", () => {
  it.each([
    [0.4, "0.4 secs"],
    [59, "59 secs"],
    [340, "5 mins 40 secs"],
    [3599.8, "1 hr"],
    [93_000, "1 day 2 hrs"],
    [86_399, "1 day"],
    [40 * 86_400 + 5000, "40 days"],
  ])("%d s", (seconds, text) => {
    expect(plain(createFormat("en").duration(seconds))).toBe(text);
  });
});

describe("change and ago", () => {
  const format = createFormat("en", "Europe/Oslo");
  it("has a sign, and none without a former value", () => {
    expect([format.change(112, 100), format.change(90, 100), format.change(5, 0)].map((text) => text && plain(text))).toEqual(["+12%", "-10%", null]);
  });

  it("of shares is told in points, also where it is small", () => {
    expect([0.0214, -0.015, 0, 0.0004, null].map((diff) => format.points(diff))).toEqual(["+2.1", "−1.5", "0.0", "+0.04", "–"]);
    expect(createFormat("nb").points(0.0214)).toBe("+2,1");
    expect([0.04321, 0.00345, 0.0001].map(format.pValue)).toEqual(["= 0.04", "= 0.003", "< 0.001"]);
  });

  it("speaks of the near past and dates the far one", () => {
    const now = Date.parse("2026-11-22T12:00:00Z");
    expect(format.ago("2026-11-22T11:57:00Z", now)).toBe("3 min ago");
    expect(format.ago("2026-11-01T11:57:00Z", now)).toBe("1 Nov 2026");
  });
});
