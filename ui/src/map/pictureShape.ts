/** The classic picture of a funnel as numbers: slabs that narrow evenly, one below the other, on one page. */

/** A4 lying down, in pixels of the screen. */
export const PAGE = { width: 1123, height: 794, margin: 56 } as const;
/** Where the funnel itself stands: between what was hoped for, at the left, and what was lost, at the right. */
const BODY = { top: 196, bottom: 724, centre: 452, widest: 470, narrowest: 196 };
/** The gap between two slabs, as a share of a slab's height, and what both are at most. */
const GAP_SHARE = 0.42;
const SLAB_MAX = 96;
const CORNER = 7;

export interface Slab {
  top: number;
  bottom: number;
  /** Half its width at the top and at the bottom. */
  upper: number;
  lower: number;
  path: string;
}

export interface PictureShape {
  slabs: Slab[];
  centre: number;
  slabHeight: number;
  gap: number;
}

const round = (value: number) => Math.round(value * 10) / 10;

export function pictureShape(stages: number): PictureShape {
  const { centre } = BODY;
  const room = BODY.bottom - BODY.top;
  const slabHeight = Math.min(SLAB_MAX, room / (stages + Math.max(stages - 1, 0) * GAP_SHARE));
  const gap = slabHeight * GAP_SHARE;
  const height = stages * slabHeight + Math.max(stages - 1, 0) * gap;
  const top = BODY.top + (room - height) / 2;
  const half = (y: number) => (BODY.widest + ((BODY.narrowest - BODY.widest) * (y - top)) / Math.max(height, 1)) / 2;
  const slabs = Array.from({ length: stages }, (_, index): Slab => {
    const from = top + index * (slabHeight + gap);
    const to = from + slabHeight;
    const [upper, lower] = [half(from), half(to)];
    return { top: from, bottom: to, upper, lower, path: trapezoid(centre, from, to, upper, lower) };
  });
  return { slabs, centre, slabHeight, gap };
}

/** A slab with soft corners. */
function trapezoid(centre: number, top: number, bottom: number, upper: number, lower: number): string {
  const r = Math.min(CORNER, (bottom - top) / 4);
  const lean = ((upper - lower) * r) / (bottom - top);
  const at = (x: number, y: number) => `${round(x)} ${round(y)}`;
  return [
    `M${at(centre - upper + r, top)}`, `L${at(centre + upper - r, top)}`, `Q${at(centre + upper, top)} ${at(centre + upper - lean, top + r)}`,
    `L${at(centre + lower + lean, bottom - r)}`, `Q${at(centre + lower, bottom)} ${at(centre + lower - r, bottom)}`,
    `L${at(centre - lower + r, bottom)}`, `Q${at(centre - lower, bottom)} ${at(centre - lower - lean, bottom - r)}`,
    `L${at(centre - upper + lean, top + r)}`, `Q${at(centre - upper, top)} ${at(centre - upper + r, top)}`, "Z",
  ].join("");
}

/** A text that fits into so many pixels, by the usual width of a letter: paper has no ellipsis of its own. */
export function fitted(text: string, room: number, size: number): string {
  const most = Math.max(1, Math.floor(room / (size * 0.56)));
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}
