import { describe, expect, it } from "vitest";
import type { FunnelAnswer, FunnelStepAnswer } from "../api/types";
import type { FunnelDocument, StageDocument } from "../funnels/document";
import { minorPerUnit, numbersOf } from "./numbers";

const step = (count: number, before: number | null, more: Partial<FunnelStepAnswer> = {}): FunnelStepAnswer => ({
  name: "", count, dropped: before === null ? 0 : before - count,
  conversion_from_prev: before === null ? 1 : before > 0 ? count / before : 0, conversion_from_first: 0,
  ci_low: 0, ci_high: before ? count / before : 1, avg_s: null, median_s: before === null ? null : 3600, p25_s: null, p75_s: null, p90_s: null, p95_s: null, value_sum: 0, ...more,
});
const answer = (steps: FunnelStepAnswer[], breakdown?: Record<string, number[]>): FunnelAnswer => ({
  steps, counts: steps.map(({ count }) => count), conversion_from_prev: [], conversion_from_first: [], avg_s: [], median_s: [], dropped: [], excluded_count: 0, ...(breakdown ? { breakdown } : {}),
});
const stage = (id: string, enters_on: string, more: Partial<StageDocument> = {}): StageDocument => ({ id, enters_on, ...more });
const document = (stages: StageDocument[]): FunnelDocument => ({ id: "main", title: "Main", currency: "NOK", timezone: "Europe/Oslo", locales: ["en"], stages });

const visits = stage("visit", "Page Viewed", { target: { people: "3000 per month", converts: "20%", within: "30 minutes" } });
const three = document([visits, stage("lead", "Lead Captured"), stage("order", "Order Completed")]);
const sold = answer([step(1000, null), step(100, 1000), step(10, 100, { value_sum: 500 })], { "google-ads": [600, 50, 4], newsletter: [400, 50, 6], social: [0, 0, 0] });
const measured = { answer: sold, document: three, days: 365.25 / 12, minorPerUnit: 100 };

describe("the numbers of the map", () => {
  it("are those of the funnel's answer", () => {
    const { stages } = numbersOf(measured);
    expect(stages.map(({ count }) => count)).toEqual([1000, 100, 10]);
    expect(stages.map(({ loss }) => loss?.count ?? null)).toEqual([900, 90, null]);
    expect(stages.map(({ next }) => next?.rate ?? null)).toEqual([0.1, 0.1, null]);
  });

  it("say what a loss is worth: those who left, times what somebody there brings", () => {
    const { stages, revenue, worst } = numbersOf(measured);
    expect(revenue).toBe(50_000);
    // 500 of 1000 visitors: 0.50 each; 900 left. 500 of 100 leads: 5 each; 90 left.
    expect(stages.map(({ value }) => value)).toEqual([50, 500, 0]);
    expect(stages.map(({ loss }) => loss?.worth ?? null)).toEqual([45_000, 45_000, null]);
    expect(worst).toBe(0);
  });

  it("say what reaching a target would bring", () => {
    // 20 % of 1000 are 100 leads more, each worth 5.00.
    expect(numbersOf(measured).stages[0]?.loss?.gain).toBe(50_000);
    expect(numbersOf(measured).stages[1]?.loss?.gain).toBeNull();
  });

  it("hold each measure against its target", () => {
    const [first] = numbersOf(measured).stages;
    expect(first).toMatchObject({ hoped: 3000, hopedVerdict: "missed", next: { target: 0.2, verdict: "missed", withinS: 1800, withinVerdict: "missed" } });
  });

  it("do not call few people a failure", () => {
    const few = answer([step(10, null), step(1, 10, { ci_high: 0.4 }), step(0, 1)]);
    expect(numbersOf({ ...measured, answer: few }).stages[0]?.next?.verdict).toBe("unclear");
  });

  it("judge nobody by nobody", () => {
    const { stages, worst, channels } = numbersOf({ ...measured, answer: answer([step(0, null), step(0, 0), step(0, 0)]) });
    expect(stages[0]).toMatchObject({ count: 0, value: null, next: { verdict: null }, loss: { count: 0, share: 0, worth: null, gain: null } });
    expect([worst, channels]).toEqual([null, []]);
  });

  it("know no worth where several currencies were paid in", () => {
    const { stages, revenue, worst } = numbersOf({ ...measured, minorPerUnit: null });
    expect([revenue, stages[0]?.loss?.worth, worst]).toEqual([null, null, 0]);
  });

  it("count a sale once for those before it, and not at its own stage", () => {
    const loyal = document([visits, stage("order", "Order Completed"), stage("again", "Order Completed")]);
    const { stages } = numbersOf({ ...measured, document: loyal, answer: answer([step(100, null), step(10, 100, { value_sum: 100 }), step(2, 10, { value_sum: 50 })]) });
    expect(stages.map(({ value }) => value)).toEqual([150, 500, 0]);
  });

  it("take the stage that the document calls a sale", () => {
    const b2b = document([stage("lead", "Lead Captured"), stage("signed", "Document Signed", { deal: "wins" })]);
    expect(numbersOf({ ...measured, document: b2b, answer: answer([step(10, null), step(5, 10, { value_sum: 70 })]) }).revenue).toBe(7000);
  });

  it("put the channels in order and leave out those without people", () => {
    expect(numbersOf(measured).channels).toEqual([{ id: "google-ads", count: 600, won: 4 }, { id: "newsletter", count: 400, won: 6 }]);
  });

  it.each([["NOK", 100], ["JPY", 1], ["KWD", 1000]])("know that %s has %i parts", (currency, parts) => {
    expect(minorPerUnit(currency)).toBe(parts);
  });
});
