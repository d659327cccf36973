import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Money, Page } from "../api/types";

export const ORDER_STATES = ["placed", "invoiced", "paid", "cancelled", "refunded"] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/** What an order may become, as the server allows it. */
export const NEXT_STATES: Record<OrderState, readonly OrderState[]> = {
  placed: ["invoiced", "paid", "cancelled"],
  invoiced: ["paid", "cancelled"],
  paid: ["refunded"],
  cancelled: [],
  refunded: [],
};

export interface Buyer {
  name: string;
  email: string;
  phone: string;
  company: string;
  org_number: string;
  address: { street: string; postal_code: string; city: string; country: string };
}

export interface TaxTotal {
  /** Hundredths of a percent. */
  rate_bp: number;
  net_minor: number;
  tax_minor: number;
  total_minor: number;
}

export interface Order {
  id: string;
  number: number;
  status: OrderState;
  contact_id: string;
  buyer: Buyer;
  net: Money;
  tax: Money;
  total: Money;
  taxes: TaxTotal[];
  locale: string;
  channel: string;
  invoice_number: number | null;
  /** A calendar date. */
  due_on: string | null;
  placed_at: string;
  invoiced_at: string | null;
  paid_at: string | null;
  cancelled_at: string | null;
  refunded_at: string | null;
}

export interface OrderLine {
  offer_id: string | null;
  description: string;
  quantity: number;
  unit_price: Money;
  includes_tax: boolean;
  tax_rate_bp: number;
  net: Money;
  tax: Money;
  total: Money;
}

export interface OrderDetail extends Order {
  lines: OrderLine[];
}

/** Everything about orders lies below this key. */
export const ORDERS = ["orders"] as const;

export const fetchOrders = (filter: { q?: string; status?: string; contact?: string }, cursor: string | null, signal?: AbortSignal) =>
  api.page<Order>("/orders", cursor, { query: filter, ...(signal ? { signal } : {}) });

export const orderQuery = (id: string) =>
  queryOptions({ queryKey: [...ORDERS, "one", id], queryFn: ({ signal }) => api.get<OrderDetail>(`/orders/${id}`, { signal }) });

export const contactOrdersQuery = (contact: string) =>
  queryOptions({
    queryKey: [...ORDERS, "of", contact],
    queryFn: ({ signal }) => api.get<Page<Order>>("/orders", { query: { contact, limit: 20 }, signal }),
  });

export const setOrderStatus = (id: string, status: OrderState) => api.post<OrderDetail>(`/orders/${id}/status`, { status });

/** Whether an invoice should have been paid by now. Both are calendar dates, `YYYY-MM-DD`. */
export const isOverdue = (order: Pick<Order, "status" | "due_on">, today: string): boolean => order.status === "invoiced" && order.due_on !== null && order.due_on < today;
