import { describe, expect, it } from "vitest";
import { DEFAULTS } from "./blocks";
import { inLanguage, isSameDoc, toEditor, toServer } from "./document";
import type { PageDoc } from "./api";
import { slugOf, starterDoc } from "./starters";

const samples = import.meta.glob<PageDoc>("../../../crates/funnel/fixtures/pages/*.json", { import: "default", eager: true });

describe("page documents", () => {
  it.each(Object.entries(samples))("of %s keep all they say through the editor", (_, doc) => {
    const editor = toEditor(doc);
    expect(editor.content.map(({ type }) => type)).toEqual(doc.content.map(({ type }) => type));
    editor.content.forEach(({ type, props }, index) => {
      expect(DEFAULTS[type], type).toBeDefined();
      expect(props).toMatchObject(doc.content[index]?.props ?? {});
    });
    expect(isSameDoc(toEditor(editor), editor)).toBe(true);
  });

  it("carry variants and their language along", () => {
    const doc: PageDoc = { root: { props: { title: "A" } }, content: [], variants: [{ id: "b" }] };
    expect(toServer(toEditor(doc), { doc, locale: "nb" })).toMatchObject({ root: { props: { title: "A", locale: "nb" } }, variants: [{ id: "b" }] });
  });

  it("take an address of their own in another language", () => {
    expect(inLanguage({ root: { props: { slug: "gratis-sjekk" } }, content: [] }, "en").root.props).toMatchObject({ locale: "en", slug: "en/gratis-sjekk" });
  });

  it("begin with known blocks and a usable address", () => {
    const doc = starterDoc("Gratis sjekk på Øya!", "nb");
    expect(doc.root.props).toMatchObject({ slug: slugOf("Gratis sjekk på Øya!"), locale: "nb" });
    expect(slugOf("Gratis sjekk på Øya!")).toBe("gratis-sjekk-pa-oya");
    expect(doc.content.every(({ type }) => type in DEFAULTS)).toBe(true);
  });
});
