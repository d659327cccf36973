import { describe, expect, it } from "vitest";
import type { FunnelDocument } from "../../funnels/document";
import { askedLabel, changesOf, inputOf, type FieldReason } from "./fields";

const deal = { value: { minor: 0, currency: "NOK" } };
const missing = (field: string, more: Partial<Extract<FieldReason, { kind: "field_missing" }>> = {}): FieldReason => ({ kind: "field_missing", field, label: "", one_of: [], ...more });

describe("what is filled in at a gate", () => {
  it("goes to the deal, its fields, its contact and what else is known of them", () => {
    const { deal: patch, contact } = changesOf(
      { "deal.value": 250_000, "deal.discount": 12.5, "deal.need": "Braces", "contact.phone": "+47 22 33 44 55", "contact.budget": 5, "company.name": "Fjord AS" },
      deal,
    );
    expect(patch).toEqual({ value: { minor: 250_000, currency: "NOK" }, discount: 12.5, fields: { need: "Braces" } });
    expect(contact).toEqual({ phone: "+47 22 33 44 55", company: "Fjord AS", traits: { budget: 5 } });
  });

  it("leaves out what is empty, not ticked, or kept by the program", () => {
    expect(changesOf({ "deal.need": "  ", "deal.agreed": false, "deal.currency": "EUR" }, deal)).toEqual({ deal: null, contact: null });
    expect(changesOf({ "deal.discount": 0, "deal.agreed": true }, deal).deal).toEqual({ discount: 0, fields: { agreed: true } });
  });
});

describe("how a field is asked for", () => {
  it.each<[FieldReason, string]>([
    [missing("deal.value", { value_kind: "number" }), "money"],
    [missing("deal.start", { value_kind: "future_date" }), "future_date"],
    [missing("deal.size", { one_of: ["S", "M"] }), "choice"],
    [missing("contact.email"), "email"],
    [missing("deal.need"), "text"],
    [missing("deal.owner"), "owner"],
    [{ kind: "field_wrong", field: "deal.seats", label: "", value: 1, fault: { kind: "below_min", min: 3 } }, "number"],
    [{ kind: "field_wrong", field: "deal.start", label: "", value: "2020-01-01", fault: { kind: "past" } }, "future_date"],
  ])("follows its rule: %#", (reason, wanted) => {
    expect(inputOf(reason)).toBe(wanted);
  });
});

describe("what a gate calls a field", () => {
  it("is its label, where one of the gates says it", () => {
    const stages = [{ id: "a" }, { id: "b", gate: { requires: ["deal.need", { field: "deal.rooms", label: { en: "Rooms" } }] } }];
    const document = { stages } as unknown as FunnelDocument;
    expect(askedLabel(document, "deal.rooms")).toEqual({ en: "Rooms" });
    expect(askedLabel(document, "deal.need")).toBeUndefined();
    expect(askedLabel(undefined, "deal.rooms")).toBeUndefined();
  });
});
