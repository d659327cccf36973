import { describe, expect, it } from "vitest";
import { flowsOf } from "./flows";
import { CONTENT_MAX, layoutOf, type LayoutInput, type Place } from "./layout";

/** A number from a seed, the same each time. */
const chance = (seed: number) => Math.abs(Math.sin(seed * 12.9898) * 43_758.5453) % 1;
const overlap = (a: Place, b: Place) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const samples: LayoutInput[] = Array.from({ length: 60 }, (_, seed) => ({
  channels: Math.floor(chance(seed) * 12),
  content: Array.from({ length: 2 + Math.floor(chance(seed + 100) * 18) }, (__, stage) => Math.floor(chance(seed * 31 + stage) * 9)),
  narrowWidth: seed % 3 === 0 ? 320 + Math.floor(chance(seed + 7) * 200) : null,
}));

describe("the layout", () => {
  it.each(samples)("puts nothing on anything else: %j", (input) => {
    const { places, width, height } = layoutOf(input);
    const cards = places.filter(({ kind }) => kind !== "lane");
    const lanes = places.filter(({ kind }) => kind === "lane");
    for (const group of [cards, lanes]) {
      const crossing = group.flatMap((a, at) => group.slice(at + 1).filter((b) => overlap(a, b)).map((b) => `${a.id} and ${b.id}`));
      expect(crossing).toEqual([]);
    }
    const outside = places.filter((place) => place.x < 0 || place.y < 0 || place.x + place.width > width || place.y + place.height > height);
    expect(outside).toEqual([]);
    expect(new Set(places.map(({ id }) => id)).size).toBe(places.length);
  });

  it.each(samples)("keeps what belongs to a stage in its lane, and lanes in their order: %j", (input) => {
    const { places } = layoutOf(input);
    const lanes = places.filter(({ kind }) => kind === "lane");
    expect(lanes.map(({ index }) => index)).toEqual(input.content.map((_, index) => index));
    lanes.slice(1).forEach((lane, at) => expect(lane.y).toBeGreaterThan(lanes[at]?.y ?? Infinity));
    for (const place of places.filter(({ kind }) => ["stage", "content", "more", "loss"].includes(kind))) {
      const lane = lanes[place.index];
      if (!lane) throw new Error("a card without a lane");
      expect(place.y).toBeGreaterThanOrEqual(lane.y);
      expect(place.y + place.height).toBeLessThanOrEqual(lane.y + lane.height);
    }
  });

  it("moves only what lies below a change", () => {
    const before = layoutOf({ channels: 3, content: [1, 2, 0, 3], narrowWidth: null });
    const after = layoutOf({ channels: 3, content: [1, 2, 4, 3], narrowWidth: null });
    const where = new Map(after.places.map((place) => [place.id, place]));
    for (const place of before.places.filter(({ kind, index }) => kind === "channel" || index < 2)) expect(where.get(place.id)).toEqual(place);
    for (const place of before.places) expect(where.get(place.id)?.x ?? place.x).toBe(place.x);
  });

  it("shows so many pieces of content and no more", () => {
    const { places } = layoutOf({ channels: 0, content: [9, CONTENT_MAX], narrowWidth: null });
    const of = (index: number, kind: string) => places.filter((place) => place.index === index && place.kind === kind).length;
    expect([of(0, "content"), of(0, "more")]).toEqual([CONTENT_MAX - 1, 1]);
    expect([of(1, "content"), of(1, "more")]).toEqual([CONTENT_MAX, 0]);
  });

  it("lets channels that have no room share one card", () => {
    const { places, channelsShown } = layoutOf({ channels: 9, content: [0, 0], narrowWidth: null });
    expect(places.filter(({ kind }) => kind === "channel")).toHaveLength(channelsShown + 1);
  });
});

describe("the streams", () => {
  const layout = layoutOf({ channels: 2, content: [1, 0, 0], narrowWidth: null });

  it("go on from each stage that somebody leaves for the next", () => {
    const flows = flowsOf(layout, { channels: [30, 70], stages: [100, 10, 0], losses: [90, 10] });
    expect(flows.map(({ id }) => id)).toEqual(["channel-0", "channel-1", "on-0", "loss-0", "loss-1", "content-0-0"]);
  });

  it("show where they go when they are thin", () => {
    const [thick, thin] = flowsOf(layout, { channels: [], stages: [100, 90, 1], losses: [10, 89] }).filter(({ kind }) => kind === "on");
    expect(thick?.tip).toBeNull();
    expect(thin?.tip).not.toBeNull();
  });

  it("are none where nobody is", () => {
    expect(flowsOf(layout, { channels: [0, 0], stages: [0, 0, 0], losses: [0, 0] }).filter(({ kind }) => kind !== "content")).toEqual([]);
  });
});
