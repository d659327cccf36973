import type { OfferDocument } from "./api";

const LETTERS: Record<string, string> = { æ: "ae", ø: "o", å: "a", ä: "a", ö: "o", ß: "ss", ð: "d", þ: "th" };
const SLUG_CHARS_MAX = 80;

/** An address from a name: "Blekesett på 14 dager" is `blekesett-pa-14-dager`. */
export const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[æøåäößðþ]/g, (letter) => LETTERS[letter] ?? "")
    .normalize("NFD")
    .replace(/[^a-z0-9]+/g, (run) => (/[^\u0300-\u036f]/.test(run) ? "-" : ""))
    .slice(0, SLUG_CHARS_MAX)
    .replace(/^-+|-+$/g, "");

/** What one costs before tax, its tax, and both, as orders reckon it: tax rounded once, halves up. */
export function amountsOf(offer: Pick<OfferDocument, "price" | "tax_rate_bp" | "includes_tax">): { net: number; tax: number; total: number } {
  const { minor } = offer.price;
  const tax = Math.round((minor * offer.tax_rate_bp) / (offer.includes_tax ? 10_000 + offer.tax_rate_bp : 10_000));
  return offer.includes_tax ? { net: minor - tax, tax, total: minor } : { net: minor, tax, total: minor + tax };
}

export const blankOffer = (currency: string): OfferDocument => ({
  slug: "",
  name: "",
  description: "",
  features: [],
  guarantee: "",
  price: { minor: 0, currency },
  // The general rate of Norway, Sweden and Denmark.
  tax_rate_bp: ["NOK", "SEK", "DKK"].includes(currency) ? 2_500 : 0,
  includes_tax: true,
  rung: "",
  look: { headline: "", image: "", image_alt: "", button: "", terms: "", thanks_heading: "", thanks_text: "", asks_quantity: false, asks_company: false, asks_address: false },
});
