import { describe, expect, it } from "vitest";
import type { FunnelDocument } from "../funnels/document";
import { draftStages, withEvent, withStages } from "./stages";

const document: FunnelDocument = {
  id: "main",
  title: "Sales",
  currency: "NOK",
  timezone: "Europe/Oslo",
  locales: ["nb"],
  stages: [
    { id: "interest", name: "Interest", enters_on: "Lead Captured", hue: 3, target: { converts: "10%" } },
    { id: "action", enters_on: { event: "Order Completed", where: { plan: "gold" } } },
  ],
  personas: [{ name: "Kari" }],
};

describe("what enters a stage", () => {
  it("loses conditions that belong to another event", () => {
    expect(withEvent({ event: "Order Completed", where: { plan: "gold" } }, "Offer Viewed")).toBe("Offer Viewed");
    expect(withEvent({ event: "Order Completed", occurrence: 2 }, "Offer Viewed")).toEqual({ event: "Offer Viewed", occurrence: 2 });
  });
});

describe("the drafted stages", () => {
  it("go back into the document as they came, with everything that the form does not show", () => {
    expect(withStages(document, draftStages(document.stages))).toEqual(document);
  });

  it("get ids from their names, unlike any other's; known ids never change", () => {
    const drafts = [
      { key: "n1", isNew: true, id: "", name: { nb: "Interest", en: "" }, enters_on: "A" },
      ...draftStages(document.stages).map((stage) => ({ ...stage, name: "Renamed" })),
      { key: "n2", isNew: true, id: "", name: "Vurdering på nytt!", enters_on: "B" },
      { key: "n3", isNew: true, id: "", name: "", enters_on: "C" },
      { key: "n4", isNew: true, id: "", enters_on: "D" },
    ];
    expect(withStages(document, drafts).stages.map(({ id }) => id)).toEqual(["interest-2", "interest", "action", "vurdering-pa-nytt", "stage", "stage-2"]);
  });
});
