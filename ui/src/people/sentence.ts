import type { TFunction } from "i18next";

export type Properties = Record<string, unknown>;

/** How names and values inside a sentence are written for its reader. */
export interface Words {
  t: TFunction<"timeline">;
  eventName: (event: string) => string;
  /** An amount as events carry it: a number of whole units. */
  money: (value: number, currency: string) => string;
  stage: (id: string) => string;
  channel: (id: string) => string;
}

/**
 * The sentences of an event, the one that says most first, with the properties it needs. The first whose properties are
 * all there is told; an event without any is told by its name.
 */
const SENTENCES = {
  "Page Viewed": [["pageTitled", "page", "path"], ["pageViewed", "path"]],
  "Form Viewed": [["formViewed", "path"]],
  "Form Submitted": [["formSentOn", "form", "path"], ["formSentPath", "path"]],
  "Lead Captured": [["leadOn", "page"], ["leadPath", "path"]],
  "Contact Created": [["contactCreated", "origin"]],
  "Email Sent": [["emailSent", "subject"]],
  "Email Failed": [["emailFailedWhy", "subject", "reason"], ["emailFailed", "subject"]],
  "Email Opened": [["emailOpened", "subject"]],
  "Email Link Clicked": [["emailClickedUrl", "subject", "url"], ["emailClicked", "subject"]],
  "Lead Magnet Downloaded": [["downloaded", "name"]],
  "File Downloaded": [["downloadedUrl", "url"]],
  "Outbound Link Clicked": [["outbound", "url"]],
  "Offer Viewed": [["offerViewedPrice", "offer", "amount"], ["offerViewed", "offer"]],
  "Checkout Started": [["checkout", "offer"]],
  "Order Completed": [["ordered", "order_number", "amount"], ["orderedFor", "amount"]],
  "Order Invoiced": [["invoiced", "order_number"]],
  "Order Paid": [["paid", "order_number", "amount"], ["paidAmount", "amount"]],
  "Order Cancelled": [["cancelled", "order_number"]],
  "Order Refunded": [["refunded", "order_number", "amount"]],
  "Deal Created": [["dealCreated", "stage"]],
  "Stage Entered": [["stageMoved", "from", "stage"], ["stageEntered", "stage"]],
  "Deal Won": [["dealWon", "amount"]],
  "Deal Lost": [["dealLost", "reason"]],
  "Consent Given": [["consentGiven", "purpose"]],
  "Consent Withdrawn": [["consentWithdrawn", "purpose"]],
  "Booking Made": [["booked", "title"]],
  "Segment Entered": [["segmentEntered", "segment_name"]],
  "Segment Left": [["segmentLeft", "segment_name"]],
  "Script Used": [["scriptUsed", "name"]],
} as const;

type SentenceKey = (typeof SENTENCES)[keyof typeof SENTENCES][number][0];

/** Said below the sentence, in this order, when the sentence has not said it. */
const ASIDES = ["channel", "utm_campaign", "device"] as const;

const text = (value: unknown): string => (typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "");

function holes(properties: Properties, words: Words): Record<string, string> {
  const { value, currency } = properties;
  const named: Record<string, (id: string) => string> = {
    stage: words.stage,
    from: words.stage,
    channel: words.channel,
    purpose: (id) => words.t(`purposes.${id}` as "purposes.marketing", { defaultValue: id }),
  };
  const plain = Object.entries(properties).flatMap(([name, one]) => {
    const written = text(one);
    return written === "" ? [] : [[name, named[name]?.(written) ?? written] as const];
  });
  const known: Record<string, string> = Object.fromEntries(plain);
  if (typeof value === "number" && value > 0 && typeof currency === "string") known["amount"] = words.money(value, currency);
  return known;
}

/** What happened, as a person says it, and where they came from. */
export function sentence(event: string, properties: Properties, words: Words): { text: string; asides: string[] } {
  const known = holes(properties, words);
  const asides = ASIDES.flatMap((name) => known[name] ?? []);
  const forms: readonly (readonly [SentenceKey, ...string[]])[] = Object.hasOwn(SENTENCES, event) ? SENTENCES[event as keyof typeof SENTENCES] : [];
  const told = forms.find(([, ...needs]) => needs.every((name) => known[name] !== undefined));
  if (!told) return { text: words.eventName(event), asides };
  // Which holes a sentence has is said by the table above; the keys themselves are checked.
  const write = words.t as (key: SentenceKey, values: Record<string, string>) => string;
  return { text: write(told[0], known), asides };
}

/** Every property as a row of a table: name and what it holds, in the order of their names. */
export const propertyRows = (properties: Properties): [string, string][] =>
  Object.entries(properties)
    .filter(([, value]) => value !== null && value !== "")
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
