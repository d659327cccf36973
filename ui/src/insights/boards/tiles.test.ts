import { describe, expect, it } from "vitest";
import type { Saved, Tile } from "../saved";
import { addInsight, addText, dropped, movedTo, sized } from "./tiles";

const tile = (id: string): Tile => ({ id, insight_id: `ins_${id}`, title: null, width: 6, height: 5 });
const TILES = ["a", "b", "c", "d"].map(tile);
const ids = (tiles: readonly { id: string }[]) => tiles.map(({ id }) => id).join("");

describe("tiles", () => {
  it.each([[0, 2, "bcad"], [3, 0, "dabc"], [1, 9, "acdb"], [2, -4, "cabd"]])("move from %d to %d", (from, to, order) => {
    expect(ids(movedTo(TILES, from, to))).toBe(order);
  });

  it.each([["a", "c", false, "bacd"], ["a", "c", true, "bcad"], ["d", "a", false, "dabc"], ["b", "b", true, "abcd"], ["x", "a", true, "abcd"]])("%s is dropped on %s (after: %s)", (dragged, target, isAfter, order) => {
    expect(ids(dropped(TILES, dragged, target, isAfter))).toBe(order);
  });

  it("stay within the grid", () => {
    expect(sized(TILES, "b", 40, 0)[1]).toMatchObject({ width: 12, height: 2 });
    expect(sized(TILES, "b", 1, 99)[1]).toMatchObject({ width: 3, height: 24 });
  });

  it("are added with the room that they need, beside those that are there", () => {
    const saved = { id: "ins_n", query: { insight: "trend" }, view: { chart: "number" } } as unknown as Saved;
    expect(addInsight([tile("a"), { id: "t", text: "Hi", width: 12, height: 2 }], saved)).toEqual([
      { id: "a", insight_id: "ins_a", width: 6, height: 5 },
      { id: "t", text: "Hi", width: 12, height: 2 },
      { insight_id: "ins_n", width: 3, height: 2 },
    ]);
    expect(addText([], "Hi")).toHaveLength(1);
  });
});
