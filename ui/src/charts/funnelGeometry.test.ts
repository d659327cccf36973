import { describe, expect, it } from "vitest";
import { bandPath, biggestLeak, funnelShape, outlinePath, wispPaths, type ShapeOptions } from "./funnelGeometry";

const options = (counts: number[], isVertical = false): ShapeOptions => ({
  counts,
  scale: Math.max(1, ...counts),
  length: 1000,
  thickness: 232,
  margin: 16,
  blockLength: 100,
  isVertical,
});

describe("the shape of a funnel", () => {
  it("fills the length, and thickness is proportional to people", () => {
    const { blocks, centre } = funnelShape(options([1000, 500, 100]));
    expect(blocks.map((block) => [block.start, block.end])).toEqual([[0, 100], [450, 550], [900, 1000]]);
    expect(blocks.map((block) => block.thickness)).toEqual([200, 100, 20]);
    expect(centre).toBe(116);
  });

  it("keeps a trace of one among many, and nothing of none", () => {
    const { blocks } = funnelShape(options([1_000_000, 1, 0]));
    expect(blocks[1]?.thickness).toBe(3);
    expect(blocks[2]?.thickness).toBe(0);
  });

  it.each([[[0, 0]], [[5]], [[]]])("draws %o without a NaN", (counts) => {
    const shape = funnelShape(options(counts));
    const drawn = counts.map((_, index) => bandPath(shape, index) + wispPaths(shape, index).join("")).join("") + outlinePath(shape);
    expect(drawn).not.toMatch(/NaN|Infinity/);
  });

  it("has wisps only where people leave", () => {
    const shape = funnelShape(options([100, 100, 40]));
    expect(wispPaths(shape, 0)).toEqual([]);
    expect(wispPaths(shape, 1)).toHaveLength(2);
  });

  it("turns about the diagonal on a phone", () => {
    const wide = bandPath(funnelShape(options([100, 40])), 0);
    const tall = bandPath(funnelShape(options([100, 40], true)), 0);
    const swapped = wide.replace(/(-?[\d.]+) (-?[\d.]+)/g, "$2 $1");
    expect(tall).toBe(swapped);
  });
});

describe("the biggest leak", () => {
  it.each([
    [[100, 60, 10], 2],
    [[100, 20, 10], 1],
    [[100, 100], null],
    [[], null],
    // Unordered funnels may grow.
    [[50, 80, 70], 2],
  ])("of %o is after step %o", (counts, step) => {
    expect(biggestLeak(counts)).toBe(step);
  });
});
