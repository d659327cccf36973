import type { Condition } from "../records/filter";

/** Rules that one can begin with, by the name of their text. */
export const STARTS = {
  active: { did: "Page Viewed", in_last: "7 days" },
  bought: { did: "Order Completed", in_last: "90 days", sum: { of: "value", at_least: 1000 } },
  agreed: { all: [{ field: "contact.consent.marketing", is: "given" }, { not: { did: "Order Completed" } }] },
} as const satisfies Record<string, Condition>;

export type Start = keyof typeof STARTS;
/** The sum that the example asks for. */
export const BOUGHT_AMOUNT = 1000;
export const startNames = Object.keys(STARTS) as Start[];
export const isStart = (name: string): name is Start => Object.hasOwn(STARTS, name);
