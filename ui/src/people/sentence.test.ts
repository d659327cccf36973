import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import english from "../locales/en/timeline.json";
import norwegian from "../locales/nb/timeline.json";
import { propertyRows, sentence, type Words } from "./sentence";

beforeAll(async () => {
  await i18next.init({ lng: "en", resources: { en: { timeline: english }, nb: { timeline: norwegian } }, interpolation: { escapeValue: false } });
});

const words = (language: string): Words => ({
  t: i18next.getFixedT(language, "timeline"),
  eventName: (event) => `«${event}»`,
  money: (value, currency) => `${currency} ${value}`,
  stage: (id) => ({ interest: "Interest", decision: "Decision" })[id] ?? id,
  channel: (id) => ({ "google-ads": "Google Ads" })[id] ?? id,
});

const told = (event: string, properties: Record<string, unknown>, language = "en") => sentence(event, properties, words(language)).text;

describe("the sentence of an event", () => {
  it.each([
    ["Page Viewed", { path: "/free-check", page: "Free check" }, "Visited “Free check” (/free-check)"],
    ["Page Viewed", { path: "/free-check", page: "" }, "Visited /free-check"],
    ["Order Completed", { order_number: 1001, value: 1990, currency: "NOK" }, "Placed order 1001 for NOK 1990"],
    ["Order Completed", { value: 50, currency: "EUR" }, "Placed an order for EUR 50"],
    ["Stage Entered", { from: "interest", stage: "decision" }, "Moved from Interest to Decision"],
    ["Stage Entered", { stage: "decision" }, "Entered Decision"],
    ["Deal Won", { value: 0, currency: "NOK" }, "«Deal Won»"],
    ["Consent Given", { purpose: "marketing" }, "Said yes to marketing e-mail"],
    ["Consent Given", { purpose: "sms" }, "Said yes to sms"],
    ["Email Failed", { subject: "Hi", reason: "no such user" }, "“Hi” could not be sent: no such user"],
  ])("tells %s as people say it", (event, properties, expected) => {
    expect(told(event, properties)).toBe(expected);
  });

  it("falls back on the name when what it needs is missing or of another kind", () => {
    expect(told("Page Viewed", {})).toBe("«Page Viewed»");
    expect(told("Page Viewed", { path: { deep: 1 } })).toBe("«Page Viewed»");
    expect(told("Quiz Finished", { score: 8 })).toBe("«Quiz Finished»");
    expect(told("toString", {})).toBe("«toString»");
  });

  it("speaks the reader's language and does not interpret what others wrote", () => {
    expect(told("Page Viewed", { path: "/<b>" }, "nb")).toBe("Besøkte /<b>");
    expect(told("Email Opened", { subject: "{{path}} $t(paid)" })).toContain("{{path}}");
  });

  it("says where people came from below it", () => {
    expect(sentence("Page Viewed", { path: "/", channel: "google-ads", utm_campaign: "autumn", device: "mobile" }, words("en")).asides).toEqual(["Google Ads", "autumn", "mobile"]);
    expect(sentence("Page Viewed", { path: "/", channel: "" }, words("en")).asides).toEqual([]);
  });
});

it("lists every property that says something", () => {
  expect(propertyRows({ b: 2, a: "x", none: null, empty: "", deep: { c: [1] } })).toEqual([["a", "x"], ["b", "2"], ["deep", '{"c":[1]}']]);
});
