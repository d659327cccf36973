import type { CSSProperties } from "react";
import type { FunnelShape, ShapeOptions } from "./funnelGeometry";

/** Where the drawing and its words go for one width: left to right, or top to bottom when stages would be squeezed. */
export interface Frame {
  isVertical: boolean;
  height: number;
  svg: { left: number; top: number; width: number; height: number };
  shape: Omit<ShapeOptions, "counts" | "scale">;
  stageBox: (shape: FunnelShape, step: number) => CSSProperties;
  ratePoint: (shape: FunnelShape, step: number) => CSSProperties;
  lossBox: (shape: FunnelShape, step: number) => CSSProperties;
}

/** A stage with its gap needs this much to keep its words apart. */
const STAGE_WIDTH_MIN = 112;

/** The name over the last block wants this much. */
const LAST_WIDTH_MIN = 112;

const WIDE = { header: 84, picture: 232, pictureMin: 96, footer: 52, margin: 16, blockShare: 0.42, blockMax: 112 };
const NARROW = { textShare: 0.44, block: 72, gap: 64, margin: 14 };

/** Left to right it fits into `height` where that leaves room to draw in; top to bottom every stage has its own. */
export function frameFor(width: number, steps: number, height?: number): Frame {
  return width > 0 && width / Math.max(steps, 1) < STAGE_WIDTH_MIN ? narrowFrame(width, steps) : wideFrame(width, steps, height);
}

function wideFrame(width: number, steps: number, height = 0): Frame {
  const { header, footer, margin, blockShare, blockMax } = WIDE;
  const picture = height > 0 ? Math.max(WIDE.pictureMin, height - header - footer) : WIDE.picture;
  // The blocks and the gaps between them fill the width: n blocks and n - 1 gaps.
  const blockLength = Math.min(blockMax, (width * blockShare) / (steps - 1 + blockShare));
  const gap = steps > 1 ? (width - steps * blockLength) / (steps - 1) : 0;
  const gapCentre = (shape: FunnelShape, step: number) =>
    ((shape.blocks[step - 1]?.end ?? 0) + (shape.blocks[step]?.start ?? 0)) / 2;
  return {
    isVertical: false,
    height: header + picture + footer,
    svg: { left: 0, top: header, width, height: picture },
    shape: { length: width, thickness: picture, margin, blockLength, isVertical: false },
    stageBox: (shape, step) => {
      const left = shape.blocks[step]?.start ?? 0;
      // Over a narrow last block a name has no room: it ends where the block ends, and the one before makes way for it.
      const makesWay = blockLength < LAST_WIDTH_MIN && steps > 1;
      const lent = makesWay ? Math.min(gap / 2, LAST_WIDTH_MIN - blockLength) : 0;
      if (step === steps - 1) return { right: 0, top: 0, width: blockLength + lent, ...(makesWay ? { alignItems: "flex-end" } : {}) };
      return { left, top: 0, width: blockLength + gap - 8 - (step === steps - 2 ? lent : 0) };
    },
    ratePoint: (shape, step) => ({ left: gapCentre(shape, step), top: header + picture / 2 }),
    lossBox: (shape, step) => ({
      left: (shape.blocks[step - 1]?.end ?? 0) - blockLength / 2,
      width: gap + blockLength,
      top: header + picture + 12,
      alignItems: "center",
    }),
  };
}

function narrowFrame(width: number, steps: number): Frame {
  const { textShare, block, gap, margin } = NARROW;
  const left = Math.round(width * textShare);
  const height = steps * block + Math.max(steps - 1, 0) * gap;
  return {
    isVertical: true,
    height,
    svg: { left, top: 0, width: width - left, height },
    shape: { length: height, thickness: width - left, margin, blockLength: block, isVertical: true },
    stageBox: (shape, step) => ({ left: 0, top: shape.blocks[step]?.start ?? 0, width: left - 8 }),
    ratePoint: (shape, step) => ({
      left: left + shape.centre,
      top: ((shape.blocks[step - 1]?.end ?? 0) + (shape.blocks[step]?.start ?? 0)) / 2,
    }),
    lossBox: (shape, step) => ({
      left: 0,
      width: left - 8,
      top: (shape.blocks[step - 1]?.end ?? 0) + (gap - 36) / 2,
      alignItems: "flex-start",
      paddingLeft: 16,
    }),
  };
}
