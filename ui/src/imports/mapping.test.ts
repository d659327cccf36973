import { describe, expect, it } from "vitest";
import type { Mapping } from "./api";
import { asField, asNewField, ruleOf, targetsFor, withEventName, withRule, withStage, withTarget } from "./mapping";

const mapping: Mapping = { kind: "events", shape: "generic", time_zone: "UTC", columns: [{ column: "at", to: "time", format: "day_first" }], others: "keep", makes_contacts: false, known_deals: "leave" };

describe("mapping", () => {
  it("keeps what two meanings share and drops the rest", () => {
    expect(withTarget({ column: "at", to: "time", format: "day_first" }, "created_at")).toEqual({ column: "at", to: "created_at", format: "day_first" });
    expect(withTarget({ column: "at", to: "time", format: "day_first" }, "property")).toEqual({ column: "at", to: "property", name: "at", value: "text" });
    expect(withTarget({ column: "id", to: "skip" }, "person")).toEqual({ column: "id", to: "person", namespace: "user" });
  });

  it("replaces the rule of a column, or adds one", () => {
    expect(withRule(mapping, { column: "at", to: "skip" }).columns).toEqual([{ column: "at", to: "skip" }]);
    expect(withRule(mapping, { column: "who", to: "email" }).columns).toHaveLength(2);
  });

  it("says what becomes of a column without a rule", () => {
    expect(ruleOf(mapping, "price")).toEqual({ column: "price", to: "property", name: "price", value: "text" });
    expect(ruleOf({ ...mapping, others: "skip" }, "price").to).toBe("skip");
    expect(ruleOf({ ...mapping, kind: "contacts" }, "price").to).toBe("trait");
  });

  it("makes a field of what was found in the column, and fills one that is there in the same way", () => {
    const suggested = { key: "since", label: "Since", kind: "date", choices: [] as string[], value: "text", format: "day_first" } as const;
    expect(asNewField({ column: "Since", to: "skip" }, suggested)).toEqual({ column: "Since", to: "field", key: "since", value: "text", format: "day_first", make: { label: "Since", kind: "date", choices: [] } });
    expect(asField({ column: "Since", to: "skip" }, "customer_since", suggested)).toEqual({ column: "Since", to: "field", key: "customer_since", value: "text", format: "day_first" });
    const chosen = { column: "Since", to: "field", key: "since", value: "text", format: "month_first" } as const;
    expect(asField(chosen, "other", suggested).format).toBe("month_first");
  });

  it("keeps what was said of other stages", () => {
    const first = withStage({ ...mapping, kind: "deals" }, "Qualified", "interest");
    expect(withStage(first, "Done", "won").stage_names).toEqual({ Qualified: "interest", Done: "won" });
  });

  it("leaves an empty event name out", () => {
    expect("event_name" in withEventName({ ...mapping, event_name: "x" }, " ")).toBe(false);
    expect(withEventName(mapping, "Order Paid").event_name).toBe("Order Paid");
  });

  it("offers the present meaning even where it is unusual", () => {
    expect(targetsFor("contacts", "event")).toContain("event");
    expect(targetsFor("events", "time")).not.toContain("opt_out");
  });
});
