import type { MapLayout, Place } from "./layout";

/** The streams of people between the cards, as filled shapes: as thick as there are people in them. */
export interface Flow {
  id: string;
  kind: "channel" | "on" | "loss" | "content";
  /** The stage that it leaves, or the channel. */
  index: number;
  path: string;
  /** Whether it ends too thin to show where it goes: then its tip is drawn. */
  tip: { x: number; y: number } | null;
}

export interface FlowInput {
  /** People of each channel's card, in the order of the cards. */
  channels: readonly number[];
  /** People at each stage. */
  stages: readonly number[];
  /** People lost after each stage. */
  losses: readonly number[];
}

/** The thickest stream, and the thinnest that anybody is in. */
const THICKNESS_MAX = 232;
const THICKNESS_MIN = 2;
const LOSS_MAX = 44;
/** Below this a stream is a line, and its end needs a tip. */
const TIP_BELOW = 16;
/** Air between a stream and the pill of its rate is none: the pill lies on it. Content hangs on a hair. */
const HAIR = 1.25;

const round = (value: number) => Math.round(value * 10) / 10;

/** A ribbon from one edge to another, bending along the way: down, or to the right. */
function ribbon(from: { x: number; y: number; size: number }, to: { x: number; y: number; size: number }, isDown: boolean): string {
  const at = (x: number, y: number) => `${round(x)} ${round(y)}`;
  const [a, b] = [from.size / 2, to.size / 2];
  if (isDown) {
    const middle = (from.y + to.y) / 2;
    return `M${at(from.x - a, from.y)}C${at(from.x - a, middle)} ${at(to.x - b, middle)} ${at(to.x - b, to.y)}L${at(to.x + b, to.y)}C${at(to.x + b, middle)} ${at(from.x + a, middle)} ${at(from.x + a, from.y)}Z`;
  }
  const middle = (from.x + to.x) / 2;
  return `M${at(from.x, from.y - a)}C${at(middle, from.y - a)} ${at(middle, to.y - b)} ${at(to.x, to.y - b)}L${at(to.x, to.y + b)}C${at(middle, to.y + b)} ${at(middle, from.y + a)} ${at(from.x, from.y + a)}Z`;
}

export function flowsOf({ places, isNarrow }: MapLayout, input: FlowInput): Flow[] {
  const find = (kind: Place["kind"], index: number) => places.find((place) => place.kind === kind && place.index === index);
  const most = Math.max(1, ...input.stages, input.channels.reduce((sum, count) => sum + count, 0));
  const size = (count: number) => (count > 0 ? Math.max((count / most) * THICKNESS_MAX, THICKNESS_MIN) : 0);
  return [
    ...channelFlows(places, input.channels, size),
    ...onFlows(find, input, size),
    ...(isNarrow ? [] : [...lossFlows(find, input), ...contentFlows(find, places)]),
  ];
}

function channelFlows(places: readonly Place[], counts: readonly number[], size: (count: number) => number): Flow[] {
  const first = places.find(({ kind, index }) => kind === "stage" && index === 0);
  if (!first) return [];
  const sizes = counts.map(size);
  let left = first.x + first.width / 2 - sizes.reduce((sum, one) => sum + one, 0) / 2;
  return counts.flatMap((count, index): Flow[] => {
    const card = places.find((place) => place.kind === "channel" && place.index === index);
    const thickness = sizes[index] ?? 0;
    const x = left + thickness / 2;
    left += thickness;
    if (!card || count === 0) return [];
    const from = { x: card.x + card.width / 2, y: card.y + card.height, size: Math.min(thickness, card.width - 24) };
    return [{ id: `channel-${index}`, kind: "channel", index, path: ribbon(from, { x, y: first.y, size: thickness }, true), tip: null }];
  });
}

function onFlows(find: (kind: Place["kind"], index: number) => Place | undefined, { stages, losses }: FlowInput, size: (count: number) => number): Flow[] {
  return losses.flatMap((_, index): Flow[] => {
    const [from, to] = [find("stage", index), find("stage", index + 1)];
    const lossBelow = find("loss", index);
    const [here, next] = [stages[index] ?? 0, stages[index + 1] ?? 0];
    if (!from || !to || here === 0 || next === 0) return [];
    const x = from.x + from.width / 2;
    // In one column the stream begins below everything that belongs to the stage.
    const begins = lossBelow && lossBelow.x === from.x ? lossBelow.y + lossBelow.height : from.y + from.height;
    const end = size(next);
    return [{ id: `on-${index}`, kind: "on", index, path: ribbon({ x, y: begins, size: size(here) }, { x, y: to.y, size: end }, true), tip: end < TIP_BELOW ? { x, y: to.y } : null }];
  });
}

function lossFlows(find: (kind: Place["kind"], index: number) => Place | undefined, { losses }: FlowInput): Flow[] {
  const most = Math.max(1, ...losses);
  return losses.flatMap((count, index): Flow[] => {
    const [from, to] = [find("stage", index), find("loss", index)];
    if (!from || !to || count === 0) return [];
    const thickness = Math.max((count / most) * LOSS_MAX, THICKNESS_MIN);
    const y = from.y + from.height / 2;
    return [{ id: `loss-${index}`, kind: "loss", index, path: ribbon({ x: from.x + from.width, y, size: thickness }, { x: to.x, y: to.y + to.height / 2, size: thickness }, false), tip: null }];
  });
}

function contentFlows(find: (kind: Place["kind"], index: number) => Place | undefined, places: readonly Place[]): Flow[] {
  return places.flatMap((place): Flow[] => {
    const stage = find("stage", place.index);
    // Only the card next to the stage hangs on it; the one behind hangs on that.
    if ((place.kind !== "content" && place.kind !== "more") || !stage) return [];
    const right = places.find(({ kind, index, y, x }) => (kind === "content" || kind === "more") && index === place.index && y === place.y && x > place.x);
    const [x, y] = right ? [right.x, right.y + right.height / 2] : [stage.x, stage.y + stage.height / 2];
    return [{ id: `content-${place.index}-${place.item}`, kind: "content", index: place.index, path: ribbon({ x: place.x + place.width, y: place.y + place.height / 2, size: HAIR }, { x, y, size: HAIR }, false), tip: null }];
  });
}
