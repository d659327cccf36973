/** Hues of a stage or series by its place; the eight repeat. They are CSS variables, so both schemes have their own. */
const HUES = 8;

/** The hue that a stage keeps on every screen. */
export const stageColor = (index: number): string => `var(--stage-${(index % HUES) + 1})`;

/** The palette as plain colours, for charts that draw on a canvas. */
export function resolvedPalette(): string[] {
  const style = getComputedStyle(document.documentElement);
  return Array.from({ length: HUES }, (_, index) => style.getPropertyValue(`--stage-${index + 1}`).trim());
}

/** One token such as `--line` as a plain colour. */
export const resolvedToken = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();
