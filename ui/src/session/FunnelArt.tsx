import { bandPath, funnelShape, wispPaths } from "../charts/funnelGeometry";
import { stageColor } from "../charts/palette";

const SHAPE = funnelShape({ counts: [100, 58, 34, 20, 13], scale: 100, length: 560, thickness: 320, margin: 16, blockLength: 56, isVertical: false });

/** The signature drawing with made-up proportions, as decoration. */
export function FunnelArt() {
  return (
    <svg viewBox="0 0 560 320" width="100%" aria-hidden>
      <defs>
        {SHAPE.blocks.slice(1).map((_, index) => (
          <linearGradient key={index} id={`art-${index}`}>
            <stop offset="0" stopColor={stageColor(index)} stopOpacity="0.42" />
            <stop offset="1" stopColor={stageColor(index + 1)} stopOpacity="0.42" />
          </linearGradient>
        ))}
        <linearGradient id="art-wisp">
          <stop offset="0" stopColor="var(--ghost)" stopOpacity="0" />
          <stop offset="0.3" stopColor="var(--ghost)" stopOpacity="0.22" />
          <stop offset="1" stopColor="var(--ghost)" stopOpacity="0" />
        </linearGradient>
      </defs>
      {SHAPE.blocks.slice(1).map((_, index) => (
        <g key={index}>
          {wispPaths(SHAPE, index).map((path) => <path key={path} d={path} fill="url(#art-wisp)" />)}
          <path d={bandPath(SHAPE, index)} fill={`url(#art-${index})`} />
        </g>
      ))}
      {SHAPE.blocks.map((block, index) => (
        <rect key={index} x={block.start} y={SHAPE.centre - block.thickness / 2} width={56} height={block.thickness} rx={4} fill={stageColor(index)} />
      ))}
    </svg>
  );
}
