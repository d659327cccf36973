/**
 * The colours of public pages as they follow from three choices: the same reckoning as the server's (crate `funnel`, module
 * `brand`), so that the preview shows what visitors will see. Its test asks of it what the server's test asks there.
 */
export type Rgb = readonly [number, number, number];

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
const STEPS = 50;
const MIN_TEXT_CONTRAST = 4.5;
const MIN_SHAPE_CONTRAST = 3;
const MIN_SURFACE_CONTRAST = 14;

/** `#0f6e6e` or `#0fe`; null for anything else. */
export function parseColor(text: string): Rgb | null {
  const digits = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim())?.[1];
  if (!digits) return null;
  const long = digits.length === 3 ? digits.replace(/./g, "$&$&") : digits;
  const byte = (at: number) => Number.parseInt(long.slice(at, at + 2), 16);
  return [byte(0), byte(2), byte(4)];
}

export const writeColor = (color: Rgb): string => `#${color.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;

const linear = (byte: number): number => {
  const value = byte / 255;
  return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};

const encoded = (value: number): number => {
  const held = Math.min(1, Math.max(0, value));
  return Math.round((held <= 0.003_130_8 ? held * 12.92 : 1.055 * held ** (1 / 2.4) - 0.055) * 255);
};

const luminance = ([r, g, b]: Rgb): number => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);

export function contrast(a: Rgb, b: Rgb): number {
  const [one, other] = [luminance(a), luminance(b)];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

function oklab([red, green, blue]: Rgb): Rgb {
  const [r, g, b] = [linear(red), linear(green), linear(blue)];
  const l = Math.cbrt(0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b);
  const m = Math.cbrt(0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b);
  const s = Math.cbrt(0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b);
  return [
    0.210_454_255_3 * l + 0.793_617_785 * m - 0.004_072_046_8 * s,
    1.977_998_495_1 * l - 2.428_592_205 * m + 0.450_593_709_9 * s,
    0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766 * s,
  ];
}

function fromOklab([lightness, a, b]: Rgb): Rgb {
  const l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b) ** 3;
  const m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b) ** 3;
  const s = (lightness - 0.089_484_177_5 * a - 1.291_485_548 * b) ** 3;
  return [
    encoded(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s),
    encoded(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s),
    encoded(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s),
  ];
}

export function mix(color: Rgb, other: Rgb, share: number): Rgb {
  const [a, b] = [oklab(color), oklab(other)];
  return fromOklab([a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share]);
}

function toward(color: Rgb, goal: Rgb, isEnough: (color: Rgb) => boolean): Rgb {
  for (let step = 0; step < STEPS; step += 1) {
    const moved = mix(color, goal, step / STEPS);
    if (isEnough(moved)) return moved;
  }
  return goal;
}

const readableOn = (color: Rgb, ground: Rgb, min: number): Rgb =>
  toward(color, contrast(ground, WHITE) > contrast(ground, BLACK) ? WHITE : BLACK, (moved) => contrast(moved, ground) >= min);

const readableUnder = (color: Rgb, text: Rgb, min: number): Rgb =>
  toward(color, luminance(text) > 0.18 ? BLACK : WHITE, (moved) => contrast(moved, text) >= min);

export interface Palette {
  surface: string;
  raised: string;
  tint: string;
  ink: string;
  muted: string;
  line: string;
  border: string;
  accent: string;
  onAccent: string;
  link: string;
}

/** The colours of a page. A colour that cannot be read as one counts as the default. */
export function paletteOf(brand: { accent: string; surface: string; ink: string }): Palette {
  const chosen = parseColor(brand.accent) ?? [0x0f, 0x6e, 0x6e];
  const ground = parseColor(brand.surface) ?? WHITE;
  const isDark = luminance(ground) < 0.18;
  const surface = readableUnder(ground, isDark ? WHITE : BLACK, MIN_SURFACE_CONTRAST);
  const ink = readableOn(parseColor(brand.ink) ?? [0x14, 0x24, 0x2b], surface, 7);
  const tint = mix(surface, chosen, isDark ? 0.16 : 0.07);
  const shown = isDark ? chosen : readableOn(chosen, surface, MIN_SHAPE_CONTRAST);
  const onAccent = contrast(shown, WHITE) >= contrast(shown, BLACK) ? WHITE : BLACK;
  const accent = readableUnder(shown, onAccent, MIN_TEXT_CONTRAST);
  const colors = {
    surface,
    raised: isDark ? mix(surface, WHITE, 0.06) : mix(surface, WHITE, 0.7),
    tint,
    ink,
    muted: readableOn(readableOn(mix(surface, ink, 0.66), surface, 5.5), tint, MIN_TEXT_CONTRAST),
    line: mix(surface, ink, 0.12),
    border: readableOn(readableOn(mix(surface, ink, 0.45), surface, MIN_SHAPE_CONTRAST), tint, MIN_SHAPE_CONTRAST),
    accent,
    onAccent,
    link: readableOn(readableOn(accent, surface, MIN_TEXT_CONTRAST), tint, MIN_TEXT_CONTRAST),
  };
  return Object.fromEntries(Object.entries(colors).map(([name, color]) => [name, writeColor(color)])) as unknown as Palette;
}
