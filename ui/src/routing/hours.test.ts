import { describe, expect, it } from "vitest";
import { weekTold } from "./hours";

const name = (day: number) => ["", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][day] ?? "";
const of = (...days: number[]) => days.map((day) => ({ day, from: "08:00", to: "16:00" }));

describe("a week", () => {
  it("tells days of the same hours together", () => {
    expect(weekTold(of(1, 2, 3, 4, 5), name)).toBe("Mon–Fri 08:00–16:00");
    expect(weekTold([...of(1, 2), { day: 4, from: "10:00", to: "14:00" }], name)).toBe("Mon–Tue 08:00–16:00 · Thu 10:00–14:00");
    expect(weekTold([...of(1), { day: 1, from: "17:00", to: "19:00" }], name)).toBe("Mon 08:00–16:00, 17:00–19:00");
    expect(weekTold([], name)).toBe("");
  });
});
