import { describe, expect, it } from "vitest";
import type { FunnelDocument } from "../funnels/document";
import { contentOf, type ContentCounts, type Library } from "./content";

const at = "2026-01-01T00:00:00Z";
const library = {
  pages: [{ id: "pag_1", name: "Free check", created_at: at, updated_at: at, locales: [{ locale: "nb", slug: "gratis-sjekk", published_slug: "gratis-sjekk", title: "", has_draft: false, published_at: at }] }],
  offers: [{ id: "off_1", is_published: true, created_at: at, updated_at: at, document: { slug: "braces", name: { en: "Braces", nb: "Regulering" }, price: { minor: 1, currency: "NOK" } } }],
  magnets: [{ id: "mag_1", name: "Guide", downloads: 4, kind: "code", code: "x", created_at: at, updated_at: at }],
  templates: [{ name: "lead_magnet", is_builtin: true, locales: [] }],
} as unknown as Library;
const counts: ContentCounts = {
  pages: new Map([["Free check", 70]]), offersSeen: new Map([["braces", 9]]), offersBought: new Map([["braces", 2]]), templates: new Map([["lead_magnet", 30]]), magnets: new Map([["mag_1", 20]]),
};
const document = (content: FunnelDocument["stages"][number]["content"], more: Partial<FunnelDocument> = {}): FunnelDocument => ({
  id: "main", title: "Main", currency: "NOK", timezone: "UTC", locales: ["en"],
  stages: [{ id: "visit", enters_on: "Page Viewed", ...(content ? { content } : {}) }, { id: "guide", enters_on: "Lead Magnet Downloaded" }, { id: "offer", enters_on: "Offer Viewed" }], ...more,
});
const shown = (of: FunnelDocument) => contentOf(of, library, counts, "nb").map((stage) => stage.map(({ title, count, place }) => [title, count, place]));

describe("content of the stages", () => {
  it("that is named nowhere stands where it is seen", () => {
    expect(shown(document(undefined))).toEqual([[["Free check", 70, null]], [["Guide", 20, null]], [["Regulering", 9, null]]]);
  });

  it("stands where the document names it, and there only, whichever address is written", () => {
    expect(shown(document([{ kind: "page", id: "/gratis-sjekk", title: "Landing" }, { kind: "offer", id: "off_1" }]))).toEqual([[["Landing", 70, 0], ["Regulering", 9, 1]], [["Guide", 20, null]], []]);
  });

  it("says what is not there", () => {
    const [items] = contentOf(document([{ kind: "page", id: "gone" }, { kind: "automation", title: "Three mails" }]), library, counts, "en");
    expect(items?.map(({ isMissing, count }) => [isMissing, count])).toEqual([[true, null], [false, null], [false, 70]]);
  });

  it("takes offers to the stage that the ladder puts them at", () => {
    expect(shown(document(undefined, { ladder: [{ rung: "core", offer: "braces", stage: "guide" }] }))).toEqual([[["Free check", 70, null]], [["Guide", 20, null], ["Regulering", 9, null]], []]);
  });

  it("counts mails by their template", () => {
    const [items] = contentOf(document([{ kind: "message", id: "lead_magnet" }]), library, counts, "en");
    expect(items?.[0]).toMatchObject({ count: 30, title: "lead_magnet", link: { to: "/messages" } });
  });
});
