import { describe, expect, it } from "vitest";
import { LANGUAGES } from "../format";
import { parseLanguage } from ".";

type Texts = { [key: string]: string | Texts };

const files = import.meta.glob<Texts>("../locales/*/*.json", { import: "default", eager: true });

function flatten(texts: Texts, prefix = ""): Map<string, string> {
  return new Map(Object.entries(texts).flatMap(([key, value]) => (typeof value === "string" ? [[prefix + key, value] as const] : [...flatten(value, `${prefix}${key}.`)])));
}

const namespaces = Object.keys(files).flatMap((path) => /locales\/en\/(.+)\.json$/.exec(path)?.[1] ?? []);
const texts = (language: string, namespace: string) => flatten(files[`../locales/${language}/${namespace}.json`] ?? {});
const holes = (text: string) => [...text.matchAll(/\{\{\s*(\w+)/g)].map(([, name]) => name).sort();

describe.each(namespaces)("texts of %s", (namespace) => {
  const english = texts("en", namespace);

  it.each(LANGUAGES.filter((language) => language !== "en"))("are all there in %s, and no others, with the same holes", (language) => {
    const own = texts(language, namespace);
    expect([...own.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [key, text] of own) {
      expect(text.trim(), `${language}/${namespace}: ${key}`).not.toBe("");
      expect(holes(text), `${language}/${namespace}: ${key}`).toEqual(holes(english.get(key) ?? ""));
    }
  });

  it("are never empty", () => {
    for (const [key, text] of english) expect(text.trim(), key).not.toBe("");
  });
});

describe("languages", () => {
  it.each([["nb-NO", "nb"], ["no", "nb"], ["nn-NO", "nb"], ["EN-us", "en"], ["fi", "fi"], ["de", null], [undefined, null]])("reads %s as %s", (tag, language) => {
    expect(parseLanguage(tag)).toBe(language);
  });
});
