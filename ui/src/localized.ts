import type { Localized } from "./api/types";

export type { Localized };

const isWritten = (text: string | undefined): text is string => text !== undefined && text.trim() !== "";

/** What a reader sees: their own language, else English, else the first that is written. */
export function textFor(text: Localized | undefined, language: string): string {
  if (text === undefined || typeof text === "string") return text ?? "";
  return [text[language], text["en"], ...Object.values(text)].find(isWritten) ?? "";
}

/** What is written in exactly this language; a text for all readers counts in each. */
export const ownText = (text: Localized | undefined, language: string): string =>
  text === undefined || typeof text === "string" ? (text ?? "") : (text[language] ?? "");

/** The same with one language rewritten. With a single language it stays one text for all. */
export function withText(text: Localized | undefined, language: string, value: string, languages: readonly string[]): Localized {
  if (languages.length <= 1 && (text === undefined || typeof text === "string")) return value;
  const all = typeof text === "object" ? text : Object.fromEntries(isWritten(text) ? languages.map((code) => [code, text]) : []);
  return Object.fromEntries(Object.entries({ ...all, [language]: value }).filter(([code, own]) => code === language || isWritten(own)));
}

export const isEmptyText = (text: Localized | undefined): boolean =>
  text === undefined || (typeof text === "string" ? !isWritten(text) : !Object.values(text).some(isWritten));

/** The languages in which something is still to be written, when it is written in another. */
export const missingLanguages = (text: Localized | undefined, languages: readonly string[]): string[] =>
  isEmptyText(text) || typeof text === "string" ? [] : languages.filter((code) => !isWritten(text?.[code]));
