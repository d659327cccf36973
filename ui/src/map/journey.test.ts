import { describe, expect, it } from "vitest";
import type { FunnelDocument, StageDocument } from "../funnels/document";
import { hasRow, isJourneyWritten, isUnanswered, sightingsOf, touchpointsAt } from "./journey";

const stage = (journey: NonNullable<StageDocument["journey"]>): StageDocument => ({ id: "visit", enters_on: "Page Viewed", journey });
const document = (...stages: StageDocument[]): FunnelDocument => ({ id: "main", title: "Main", currency: "NOK", timezone: "UTC", locales: ["en"], stages });

describe("the journey", () => {
  const visit = stage({ touchpoints: [{ name: "Ad", event: "Page Viewed", channel: "ads" }, { name: "Sign", place: "offline" }, { name: "Site", event: "Page Viewed" }, { name: "Ad again", event: "Page Viewed", channel: "ads" }] });

  it("counts each event once, by the channel where one is named", () => {
    expect(sightingsOf(document(visit))).toEqual([{ event: "Page Viewed", channel: "ads" }, { event: "Page Viewed", channel: "" }]);
  });

  it("takes touchpoints for the web's where nothing else is said", () => {
    expect([touchpointsAt(visit, "online").length, touchpointsAt(visit, "offline").length]).toEqual([3, 1]);
  });

  it("has the rows that somebody has written", () => {
    expect(hasRow(visit, "online", 0)).toBe(true);
    expect(hasRow(visit, "worries", 0)).toBe(false);
    expect(hasRow(visit, "content", 2)).toBe(true);
    expect([isJourneyWritten(document(visit)), isJourneyWritten(document(stage({})))]).toEqual([true, false]);
  });

  it("tells doubts that nothing answers", () => {
    expect([isUnanswered({ text: "Dear" }), isUnanswered({ text: "Dear", answer: " " }), isUnanswered({ text: "Dear", content: "price" })]).toEqual([true, true, false]);
  });
});
