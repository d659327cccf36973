import { describe, expect, it } from "vitest";
import { amountsOf, slugOf } from "./offer";

it.each([
  ["Blekesett på 14 dager", "blekesett-pa-14-dager"],
  ["  Ærlig øl & Café! ", "aerlig-ol-cafe"],
  ["Hammaslääkäri", "hammaslaakari"],
  ["---", ""],
])("makes an address from %s", (name, slug) => {
  expect(slugOf(name)).toBe(slug);
});

describe("the amounts of an offer", () => {
  const nok = (minor: number) => ({ minor, currency: "NOK" });
  it("are exact in both directions", () => {
    expect(amountsOf({ price: nok(199_000), tax_rate_bp: 2_500, includes_tax: true })).toEqual({ net: 159_200, tax: 39_800, total: 199_000 });
    expect(amountsOf({ price: nok(39_900), tax_rate_bp: 2_500, includes_tax: false })).toEqual({ net: 39_900, tax: 9_975, total: 49_875 });
    expect(amountsOf({ price: nok(0), tax_rate_bp: 0, includes_tax: true })).toEqual({ net: 0, tax: 0, total: 0 });
  });
});
