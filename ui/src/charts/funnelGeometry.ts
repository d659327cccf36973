/**
 * The drawing of a funnel as numbers, along one axis from stage to stage and across it from edge to edge, so that one
 * calculation serves the wide picture (left to right) and the narrow one (top to bottom).
 *
 * Thickness is proportional to people. Between two stages the band narrows by exactly those who left; the two wisps
 * beside it are as thick as that loss where they end.
 */

export interface Block {
  /** Where the stage's block begins and ends along the funnel. */
  start: number;
  end: number;
  /** How thick it is: its people on the picture's scale. */
  thickness: number;
}

export interface FunnelShape {
  blocks: Block[];
  /** The middle line across the funnel. */
  centre: number;
  isVertical: boolean;
}

export interface ShapeOptions {
  counts: readonly number[];
  /** People that the full thickness stands for: the largest count shown, the compared period's included. */
  scale: number;
  length: number;
  thickness: number;
  /** Room kept at both edges for the wisps to bend into. */
  margin: number;
  blockLength: number;
  isVertical: boolean;
}

/** Few people among many still show: a stage that anyone reached is at least this thick. */
const THICKNESS_MIN = 3;
/** How far a wisp bends outwards, and how much air lies between it and the band where it ends. */
const DRIFT = 10;
const AIR = 7;

export function funnelShape(options: ShapeOptions): FunnelShape {
  const { counts, scale, length, thickness, margin, blockLength, isVertical } = options;
  const room = thickness - 2 * margin;
  const gap = counts.length > 1 ? (length - counts.length * blockLength) / (counts.length - 1) : 0;
  const blocks = counts.map((count, index) => {
    const start = index * (blockLength + gap);
    const share = scale > 0 ? count / scale : 0;
    return { start, end: start + blockLength, thickness: count > 0 ? Math.max(share * room, THICKNESS_MIN) : 0 };
  });
  return { blocks, centre: thickness / 2, isVertical };
}

const round = (value: number) => Math.round(value * 10) / 10;

/** Writes path commands for points given as (along, across). */
function pen(isVertical: boolean) {
  const at = (along: number, across: number) =>
    isVertical ? `${round(across)} ${round(along)}` : `${round(along)} ${round(across)}`;
  return {
    move: (along: number, across: number) => `M${at(along, across)}`,
    line: (along: number, across: number) => `L${at(along, across)}`,
    /** An S-shaped curve that leaves and arrives along the funnel. */
    ease: (fromAlong: number, fromAcross: number, toAlong: number, toAcross: number) => {
      const half = (fromAlong + toAlong) / 2;
      return `C${at(half, fromAcross)} ${at(half, toAcross)} ${at(toAlong, toAcross)}`;
    },
  };
}

/** The band from stage `index` to the next. */
export function bandPath({ blocks, centre, isVertical }: FunnelShape, index: number): string {
  const [from, to] = [blocks[index], blocks[index + 1]];
  if (!from || !to) return "";
  const p = pen(isVertical);
  const [a, b] = [from.thickness / 2, to.thickness / 2];
  return [
    p.move(from.end, centre - a),
    p.ease(from.end, centre - a, to.start, centre - b),
    p.line(to.start, centre + b),
    p.ease(to.start, centre + b, from.end, centre + a),
    "Z",
  ].join("");
}

/** The two wisps of those who leave after stage `index`; none when nobody does. */
export function wispPaths({ blocks, centre, isVertical }: FunnelShape, index: number): string[] {
  const [from, to] = [blocks[index], blocks[index + 1]];
  if (!from || !to || from.thickness - to.thickness < 1) return [];
  const p = pen(isVertical);
  const [a, b] = [from.thickness / 2, to.thickness / 2];
  return [-1, 1].map((side) => {
    const edge = centre + side * a;
    const outer = edge + side * DRIFT;
    const inner = centre + side * Math.min(b + AIR, a + DRIFT - 1);
    return [
      p.move(from.end, edge),
      p.ease(from.end, edge, to.start, outer),
      p.line(to.start, inner),
      p.ease(to.start, inner, from.end, edge),
      "Z",
    ].join("");
  });
}

/** The outline of the whole funnel, for the ghost of another period. */
export function outlinePath({ blocks, centre, isVertical }: FunnelShape): string {
  const p = pen(isVertical);
  const edge = (side: -1 | 1) =>
    blocks
      .map((block, index) => {
        const across = centre + (side * block.thickness) / 2;
        const next = blocks[index + 1];
        const begin = index === 0 ? p.move(block.start, across) : "";
        const join = next ? p.ease(block.end, across, next.start, centre + (side * next.thickness) / 2) : "";
        return begin + p.line(block.end, across) + join;
      })
      .join("");
  return edge(-1) + edge(1);
}

/** The step after which most people leave, or null when nobody does. */
export function biggestLeak(counts: readonly number[]): number | null {
  let worst: number | null = null;
  let most = 0;
  counts.forEach((count, index) => {
    const lost = (counts[index - 1] ?? count) - count;
    if (lost > most) [worst, most] = [index, lost];
  });
  return worst;
}
