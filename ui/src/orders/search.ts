import { textsOf } from "../contacts/search";
import type { OrderState } from "./api";

/** What the list of orders keeps in its address. */
export interface OrdersSearch {
  q?: string;
  status?: OrderState;
}

const STATES = ["placed", "invoiced", "paid", "cancelled", "refunded"];

export function parseOrders(search: Record<string, unknown>): OrdersSearch {
  const { q, status } = textsOf(search, "q", "status");
  return { ...(q ? { q } : {}), ...(status && STATES.includes(status) ? { status: status as OrderState } : {}) };
}
