import { describe, expect, it } from "vitest";
import type { PageDoc } from "./api";
import { DEFAULTS } from "./defaults";
import { inLanguage, isSameDoc, placeOf, toEditor, toServer } from "./document";
import { atAnotherAddress } from "./duplicate";
import { slugOf, starterDoc, STARTERS } from "./starters";

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

  it("take an address of their own in another language and in a copy", () => {
    const doc: PageDoc = { root: { props: { slug: "gratis-sjekk" } }, content: [] };
    expect(inLanguage(doc, "en").root.props).toMatchObject({ locale: "en", slug: "en/gratis-sjekk" });
    expect(atAnotherAddress(doc).root.props).toMatchObject({ slug: "gratis-sjekk-2" });
  });

  it("tie what the server says to the block it says it of", () => {
    const form = { type: "Form", props: { id: "form", form: { fields: [] } } };
    const doc: PageDoc = { root: { props: {} }, content: [{ type: "Hero", props: { id: "hero", aside: [form] } }] };
    expect(placeOf(doc, "root.props.slug")).toEqual({ id: null, field: "slug" });
    expect(placeOf(doc, "doc.content.0.props.primary.url")).toEqual({ id: "hero", field: "primary.url" });
    expect(placeOf(doc, "content[0].props.aside[0].props.form.fields[1].label")).toEqual({ id: "form", field: "form.fields.1.label" });
    expect(placeOf(doc, "content[0].props.id")).toEqual({ id: "hero", field: "id" });
    expect(placeOf(doc, "content")).toEqual({ id: null, field: "content" });
    expect(placeOf(doc, "variants[0].patches")).toEqual({ id: null, field: "variants.0.patches" });
  });

  it.each(STARTERS)("begin as %s with known blocks and a usable address", (starter) => {
    const doc = starterDoc(starter, "Gratis sjekk på Øya!", "nb");
    expect(doc.root.props).toMatchObject({ slug: "gratis-sjekk-pa-oya", locale: "nb" });
    expect(slugOf("Gratis sjekk på Øya!")).toBe("gratis-sjekk-pa-oya");
    expect(doc.content.every(({ type }) => type in DEFAULTS)).toBe(true);
  });
});
