import { describe, expect, it } from "vitest";
import { fitted, PAGE, pictureShape } from "./pictureShape";

describe("the classic picture", () => {
  it.each([2, 3, 6, 8, 12, 20])("has room for %i stages on one page", (stages) => {
    const { slabs } = pictureShape(stages);
    expect(slabs).toHaveLength(stages);
    slabs.forEach((slab, index) => {
      const next = slabs[index + 1];
      expect(slab.top).toBeGreaterThan(0);
      expect(slab.bottom).toBeLessThan(PAGE.height - 40);
      expect(slab.upper).toBeGreaterThan(slab.lower);
      if (next) expect([next.top > slab.bottom, next.upper < slab.lower]).toEqual([true, true]);
    });
  });

  it.each([["Purchase", "Purchase"], ["A very long name of a stage", "A very lo…"]])("cuts %s to what fits", (text, shown) => {
    expect(fitted(text, 100, 17)).toBe(shown);
  });
});
