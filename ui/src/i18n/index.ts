import i18next from "i18next";
import { useMemo } from "react";
import { initReactI18next, useTranslation } from "react-i18next";
import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "../api/queries";
import { createFormat, LANGUAGES, type Format, type Language } from "../format";

// Texts live in `locales/<language>/<namespace>.json`, one namespace per noun, loaded when its screen opens. Each
// language is complete (a test compares them), so nothing is loaded behind it.

/** What every screen needs; other namespaces come with their routes. */
const NAMESPACES = ["common"];
const STORAGE_KEY = "suppilo-language";

export const LANGUAGE_NAMES: Record<Language, string> = {
  en: "English",
  nb: "Norsk",
  sv: "Svenska",
  da: "Dansk",
  fi: "Suomi",
};

const files = import.meta.glob<Record<string, unknown>>("../locales/*/*.json", { import: "default" });

const isLanguage = (code: string): code is Language => (LANGUAGES as readonly string[]).includes(code);

/** Reads `nb-NO`, `no` and `nn` as Norwegian; anything unknown is null. */
export function parseLanguage(tag: string | null | undefined): Language | null {
  const base = tag?.toLowerCase().split("-")[0] ?? "";
  if (base === "no" || base === "nn") return "nb";
  return isLanguage(base) ? base : null;
}

function preferred(): Language {
  const chosen = parseLanguage(localStorage.getItem(STORAGE_KEY));
  if (chosen) return chosen;
  for (const tag of navigator.languages) {
    const language = parseLanguage(tag);
    if (language) return language;
  }
  return "en";
}

/** Whether the reader chose a language on this device, which then wins over the one of their account. */
export const hasChosenLanguage = (): boolean => localStorage.getItem(STORAGE_KEY) !== null;

async function load(language: Language, namespace: string): Promise<void> {
  if (i18next.hasResourceBundle(language, namespace)) return;
  const file = files[`../locales/${language}/${namespace}.json`];
  if (file) i18next.addResourceBundle(language, namespace, await file(), true, true);
}

const wanted = new Set(NAMESPACES);

/** Makes sure the texts of a screen are there before it is drawn; for route loaders. */
export async function loadTexts(...namespaces: string[]): Promise<void> {
  namespaces.forEach((namespace) => wanted.add(namespace));
  const language = parseLanguage(i18next.language) ?? "en";
  await Promise.all(namespaces.map((namespace) => load(language, namespace)));
}

export async function startTexts(language: Language = preferred()): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    ns: NAMESPACES,
    defaultNS: "common",
    resources: {},
    interpolation: { escapeValue: false },
    returnNull: false,
    react: { useSuspense: false, bindI18nStore: "added" },
  });
  await loadTexts(...wanted);
  document.documentElement.lang = language;
}

export async function changeLanguage(language: Language, options: { remember: boolean } = { remember: true }): Promise<void> {
  await Promise.all([...wanted].map((namespace) => load(language, namespace)));
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  if (options.remember) localStorage.setItem(STORAGE_KEY, language);
}

/** How values are written for this reader: their language, the company's time zone. */
export function useFormat(): Format {
  const { i18n } = useTranslation();
  const { data } = useQuery(sessionQuery);
  const timeZone = data?.company?.timezone;
  return useMemo(() => createFormat(i18n.language, timeZone), [i18n.language, timeZone]);
}

/** An event's name as people say it; one that we do not know stays as it was sent. */
export function eventName(event: string): string {
  // Any text may be an event's name, so the keys are not the typed ones and have no structure.
  const translate = i18next.t as (key: string, options: object) => string;
  return translate(event, { ns: "events", keySeparator: false, nsSeparator: false, defaultValue: event });
}
