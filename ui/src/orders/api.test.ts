import { describe, expect, it } from "vitest";
import { isOverdue, NEXT_STATES, ORDER_STATES } from "./api";

describe("an invoice", () => {
  it("is overdue from the day after it was due, while it is unpaid", () => {
    expect(isOverdue({ status: "invoiced", due_on: "2026-11-21" }, "2026-11-22")).toBe(true);
    expect(isOverdue({ status: "invoiced", due_on: "2026-11-22" }, "2026-11-22")).toBe(false);
    expect(isOverdue({ status: "paid", due_on: "2026-01-01" }, "2026-11-22")).toBe(false);
    expect(isOverdue({ status: "invoiced", due_on: null }, "2026-11-22")).toBe(false);
  });
});

it("every status that an order may become is one, and nothing leads back", () => {
  const seen = new Set<string>();
  const walk = (state: keyof typeof NEXT_STATES, path: readonly string[]) => {
    expect(path).not.toContain(state);
    seen.add(state);
    for (const next of NEXT_STATES[state]) walk(next, [...path, state]);
  };
  walk("placed", []);
  expect([...seen].sort()).toEqual([...ORDER_STATES].sort());
});
