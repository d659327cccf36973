import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import { createFormat, LANGUAGES, type Language } from "../format";
import type { Condition } from "../records/filter";
import { ruleInWords, type Words } from "./words";

const files = import.meta.glob<Record<string, unknown>>("../locales/*/{segments,records,events,funnels}.json", { import: "default", eager: true });

const LABELS: Record<string, string> = { "contact.country": "Country", "metric.score": "Score", "deal.value": "Value", "deal.status": "Status" };

function wordsIn(language: Language): Words {
  const records = i18next.getFixedT(language, "records");
  const events = i18next.getFixedT(language, "events") as (key: string, options: object) => string;
  const format = createFormat(language, "UTC");
  return {
    t: i18next.getFixedT(language, "segments"),
    operator: (operator) => records(`operators.${operator}`),
    eventName: (event) => events(event, { keySeparator: false, nsSeparator: false, defaultValue: event }),
    propertyName: (property) => property,
    field: (name) => ({ name, label: LABELS[name] ?? name, kind: "text" }),
    value: (_, value) => (Array.isArray(value) ? value.join(", ") : String(value)),
    segment: () => "Fans",
    number: (value) => format.decimal(value, 2),
  };
}

beforeAll(async () => {
  const resources: Record<string, Record<string, Record<string, unknown>>> = {};
  for (const [path, texts] of Object.entries(files)) {
    const [, language = "", namespace = ""] = /locales\/(\w+)\/(\w+)\.json$/.exec(path) ?? [];
    (resources[language] ??= {})[namespace] = texts;
  }
  await i18next.init({ lng: "en", resources, interpolation: { escapeValue: false } });
});

const BOUGHT: Condition = { all: [{ field: "contact.country", is: "NO" }, { did: "Order Completed", in_last: "30 days", sum: { of: "value", at_least: 1000 } }] };

describe("a rule in words", () => {
  it.each([
    ["en", "Country is NO and has ordered for 1,000 or more in all in the last 30 days"],
    ["nb", "Country er NO og har bestilt for 1 000 eller mer til sammen de siste 30 dagene"],
    ["sv", "Country är NO och har beställt för 1 000 eller mer totalt de senaste 30 dagarna"],
    ["da", "Country er NO og har bestilt for 1.000 eller mere i alt de seneste 30 dage"],
    ["fi", "Country on NO ja on tilannut yhteensä vähintään 1 000 viimeisten 30 päivän aikana"],
  ] as const)("is told in %s", (language, text) => expect(ruleInWords(BOUGHT, wordsIn(language)).replace(/\s/g, " ")).toBe(text));

  it.each([
    [{ not: { did: "Page Viewed", where: { path: ["/a", "/b"] }, within: "2 hours", times: 3 } }, "Has not visited a page with path /a or /b at least 3 times in the past 2 hours"],
    [{ did: "Quiz Taken", which: "first", before: "1 week" }, "Has done “Quiz Taken” for the first time more than a week ago"],
    [{ did: "Page Viewed", in_last: "1 day" }, "Has visited a page today"],
    [{ any: [{ segment: "seg_1" }, { all: [{ did: "Order Paid" }, { not: { segment: "seg_1" } }] }] }, "Is in “Fans” or (has paid an order and is not in “Fans”)"],
    [{ not: { any: [{ did: "Order Paid" }, { field: "metric.score", below: 5 }] } }, "None of this is true: has paid an order or score less than 5"],
    [{ not: { field: "contact.country", is: "NO" } }, "None of this is true: country is NO"],
    [{ deal: { all: [{ field: "deal.status", is: "open" }, { any: [{ field: "deal.value", above: 5 }, { field: "deal.value", known: false }] }] } }, "Has a deal where status is open and (value more than 5 or value is empty)"],
    [{ field: "contact.country", one_of: ["NO"] }, "Country is NO"],
    [{ field: "contact.country", none_of: ["NO", "SE"] }, "Country is none of NO, SE"],
    [{ not: { deal: { all: [] } } }, "Has no deal"],
    [{ all: [{ did: "Order Paid" }, { not: { not: { did: "A" } } }] }, "Has paid an order and what a part written as text says"],
  ] as [Condition, string][])("says all of it: %j", (rule, text) => expect(ruleInWords(rule, wordsIn("en"))).toBe(text));

  it.each(LANGUAGES)("leaves no hole and no key in %s", (language) => {
    const all: Condition = {
      any: [
        BOUGHT,
        { not: { did: "Odd", where: { a: 1 }, within: "1 minute", before: "2 weeks", times: 2, sum: { of: "points", below: 3 } } },
        { not: { all: [{ segment: "seg_1" }, { not: { segment: "seg_1" } }, { deal: { all: [] } }, { not: { deal: { field: "deal.status", is: "won" } } }] } },
      ],
    };
    expect(ruleInWords(all, wordsIn(language))).not.toMatch(/\{\{|words\.|undefined/);
  });
});
