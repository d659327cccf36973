import { stageColor } from "../charts/palette";

const WIDTH = 120;
const HEIGHT = 84;
const GAP = 2;

/** A funnel in small: a bar for each stage, each narrower than the one above. */
export function StagesPicture({ names }: { names: readonly string[] }) {
  const count = Math.max(1, names.length);
  const bar = (HEIGHT - GAP * (count - 1)) / count;
  const widthAt = (place: number) => WIDTH * (1 - (0.68 * place) / count);
  return (
    <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={names.filter(Boolean).join(", ") || undefined} aria-hidden={!names.some(Boolean)} style={{ flex: "none" }}>
      {names.map((name, place) => {
        const [top, bottom] = [widthAt(place), widthAt(place + 0.85)];
        const y = place * (bar + GAP);
        const points = [[(WIDTH - top) / 2, y], [(WIDTH + top) / 2, y], [(WIDTH + bottom) / 2, y + bar], [(WIDTH - bottom) / 2, y + bar]];
        return <polygon key={place} points={points.map(([x, at]) => `${x?.toFixed(1)},${at?.toFixed(1)}`).join(" ")} fill={stageColor(place)}>{name && <title>{name}</title>}</polygon>;
      })}
    </svg>
  );
}
