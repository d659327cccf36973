import { describe, expect, it } from "vitest";
import { contrast, mix, paletteOf, parseColor, writeColor, type Rgb } from "./palette";

const color = (text: string): Rgb => {
  const found = parseColor(text);
  if (!found) throw new Error(text);
  return found;
};

describe("colours", () => {
  it("are read and written", () => {
    expect(writeColor(color("#0F6"))).toBe("#00ff66");
    for (const bad of ["", "red", "#12", "#1234567", "#ggg", "0f6e6e"]) expect(parseColor(bad), bad).toBeNull();
  });

  it("have WCAG's contrast, and mixing ends where it should", () => {
    expect(contrast(color("#000"), color("#fff"))).toBeCloseTo(21, 9);
    expect(contrast(color("#777"), color("#fff"))).toBeCloseTo(4.478, 3);
    expect(mix(color("#123456"), color("#fedcba"), 0)).toEqual(color("#123456"));
    expect(mix(color("#123456"), color("#fedcba"), 1)).toEqual(color("#fedcba"));
  });
});

describe("the palette of a page", () => {
  const grid = ["#000000", "#0f6e6e", "#7f7f7f", "#ffe14d", "#ff0044", "#ffffff", "#1a2b80"];
  it.each(grid.flatMap((accent) => grid.map((surface) => [accent, surface] as const)))("can be read with %s on %s", (accent, surface) => {
    for (const ink of grid) {
      const palette = paletteOf({ accent, surface, ink });
      expect(contrast(color(palette.ink), color(palette.surface))).toBeGreaterThanOrEqual(7);
      expect(contrast(color(palette.onAccent), color(palette.accent))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(color(palette.muted), color(palette.tint))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(color(palette.link), color(palette.surface))).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("leaves colours that can be read as they were chosen", () => {
    const palette = paletteOf({ accent: "#0f6e6e", surface: "#ffffff", ink: "#14242b" });
    expect(palette).toMatchObject({ surface: "#ffffff", ink: "#14242b", accent: "#0f6e6e", onAccent: "#ffffff" });
  });
});
