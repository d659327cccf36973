import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Page, Schema } from "../api/types";

export type OrderState = Schema<"OrderStatus">;
export const ORDER_STATES = ["placed", "invoiced", "paid", "cancelled", "refunded"] as const satisfies readonly OrderState[];

/** What an order may become, as the server allows it. */
export const NEXT_STATES: Record<OrderState, readonly OrderState[]> = {
  placed: ["invoiced", "paid", "cancelled"],
  invoiced: ["paid", "cancelled"],
  paid: ["refunded"],
  cancelled: [],
  refunded: [],
};

export type Buyer = Schema<"BuyerView">;
export type TaxTotal = Schema<"TaxTotal">;
export type Order = Schema<"OrderView">;
export type OrderLine = Schema<"OrderLineView">;
export type OrderDetail = Schema<"OrderDetail">;

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
