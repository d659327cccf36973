/**
 * Where everything on the map goes: a lane for each stage from top to bottom, its content at the left, the stage in the
 * middle, who left at the right. Narrow screens get one column. A function of what there is, never of what was there
 * before: the same document always looks the same, and a change moves only what lies below it.
 */

export interface LayoutInput {
  /** How many channels there are. */
  channels: number;
  /** How many pieces of content each stage holds, in order. */
  content: readonly number[];
  /** Pixels across; null for the wide map, which has a width of its own. */
  narrowWidth: number | null;
}

export type PlaceKind = "lane" | "channel" | "stage" | "content" | "more" | "rate" | "loss" | "add";

export interface Place {
  id: string;
  kind: PlaceKind;
  /** Which stage or channel. */
  index: number;
  /** Which piece of the stage's content. */
  item: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface MapLayout {
  places: Place[];
  width: number;
  height: number;
  isNarrow: boolean;
  /** Channels that have a card of their own; the others share the last one. */
  channelsShown: number;
}

/** Pieces of content that a stage shows; the rest is behind one more card. */
export const CONTENT_MAX = 4;
const CHANNELS_WIDE = 6;
const CHANNELS_NARROW = 4;

const WIDE = { width: 1152, side: 346, edge: 20, stage: 300, channel: 172, pad: 10 };
const CARD = { stage: 76, content: 38, channel: 52, loss: 76, rate: 28, rateWidth: 208, add: 28 };
const GAP = { small: 8, lanes: 38, channels: 48, narrow: 48 };

/** Channels with a card of their own when not all have room: the last card is for the others. */
const shownOf = (count: number, most: number) => (count <= most ? count : most - 1);

interface Pen {
  places: Place[];
  put: (kind: PlaceKind, index: number, box: readonly [x: number, y: number, width: number, height: number], item?: number) => void;
}

function pen(): Pen {
  const places: Place[] = [];
  return {
    places,
    put: (kind, index, [x, y, width, height], item = 0) => places.push({ id: `${kind}-${index}-${item}`, kind, index, item, x, y, width, height }),
  };
}

export function layoutOf(input: LayoutInput): MapLayout {
  return input.narrowWidth === null ? wideLayout(input) : narrowLayout(input, input.narrowWidth);
}

/** How many cards a stage's content takes, and whether the last of them stands for the rest. */
const cardsOf = (count: number) => ({ cards: Math.min(count, CONTENT_MAX), hasMore: count > CONTENT_MAX });

function wideLayout({ channels, content }: LayoutInput): MapLayout {
  const { width, side, edge, stage: stageWidth, channel, pad } = WIDE;
  const { places, put } = pen();
  const centre = width / 2;
  const shown = shownOf(channels, CHANNELS_WIDE);
  const cards = shown + (shown < channels ? 1 : 0);
  const row = cards * channel + Math.max(cards - 1, 0) * GAP.small;
  for (let index = 0; index < cards; index++) put("channel", index, [centre - row / 2 + index * (channel + GAP.small), 0, channel, CARD.channel]);
  let y = cards > 0 ? CARD.channel + GAP.channels : 0;

  content.forEach((count, index) => {
    const { cards: pieces, hasMore } = cardsOf(count);
    const rows = Math.ceil(pieces / 2);
    const inside = Math.max(CARD.stage, rows * (CARD.content + GAP.small) - GAP.small);
    put("lane", index, [0, y, width, inside + 2 * pad]);
    put("stage", index, [centre - stageWidth / 2, y + pad + (inside - CARD.stage) / 2, stageWidth, CARD.stage]);
    const top = y + pad + (inside - (rows * (CARD.content + GAP.small) - GAP.small)) / 2;
    const chip = (side - GAP.small) / 2;
    for (let piece = 0; piece < pieces; piece++) {
      // A single column stands beside the stage, not at the far edge.
      const column = pieces === 1 ? 1 : piece % 2;
      put(hasMore && piece === pieces - 1 ? "more" : "content", index, [edge + column * (chip + GAP.small), top + Math.floor(piece / 2) * (CARD.content + GAP.small), chip, CARD.content], piece);
    }
    if (index < content.length - 1) {
      put("loss", index, [width - edge - side, y + pad + (inside - CARD.loss) / 2, side, CARD.loss]);
      const between = y + inside + 2 * pad + (GAP.lanes - CARD.rate) / 2;
      put("rate", index, [centre - CARD.rateWidth / 2, between, CARD.rateWidth, CARD.rate]);
    }
    const after = y + inside + 2 * pad + (GAP.lanes - CARD.add) / 2;
    put("add", index, [index < content.length - 1 ? centre + stageWidth / 2 - CARD.add : centre - CARD.add / 2, after, CARD.add, CARD.add]);
    y += inside + 2 * pad + GAP.lanes;
  });
  return { places, width, height: Math.max(y, CARD.channel), isNarrow: false, channelsShown: shown };
}

function narrowLayout({ channels, content }: LayoutInput, width: number): MapLayout {
  const { places, put } = pen();
  const pad = GAP.small;
  const half = (width - GAP.small) / 2;
  const shown = shownOf(channels, CHANNELS_NARROW);
  const cards = shown + (shown < channels ? 1 : 0);
  for (let index = 0; index < cards; index++) put("channel", index, [(index % 2) * (half + GAP.small), Math.floor(index / 2) * (CARD.channel + GAP.small), half, CARD.channel]);
  const rows = Math.ceil(cards / 2);
  let y = rows > 0 ? rows * (CARD.channel + GAP.small) - GAP.small + GAP.channels : 0;

  content.forEach((count, index) => {
    const { cards: pieces, hasMore } = cardsOf(count);
    const inner = width - 2 * pad;
    const chip = (inner - GAP.small) / 2;
    const top = y;
    y += pad;
    put("stage", index, [pad, y, inner, CARD.stage]);
    y += CARD.stage + pad;
    for (let piece = 0; piece < pieces; piece++) {
      const isAlone = piece === pieces - 1 && piece % 2 === 0;
      put(hasMore && piece === pieces - 1 ? "more" : "content", index, [pad + (piece % 2) * (chip + GAP.small), y + Math.floor(piece / 2) * (CARD.content + GAP.small), isAlone ? inner : chip, CARD.content], piece);
    }
    y += Math.ceil(pieces / 2) * (CARD.content + GAP.small);
    if (index < content.length - 1) {
      put("loss", index, [pad, y, inner, CARD.loss]);
      y += CARD.loss + pad;
    }
    put("lane", index, [0, top, width, y - top]);
    if (index < content.length - 1) put("rate", index, [width / 2 - CARD.rateWidth / 2, y + (GAP.narrow - CARD.rate) / 2, CARD.rateWidth, CARD.rate]);
    const x = index < content.length - 1 ? width - pad - CARD.add : (width - CARD.add) / 2;
    put("add", index, [x, y + (GAP.narrow - CARD.add) / 2, CARD.add, CARD.add]);
    y += GAP.narrow;
  });
  return { places, width, height: y, isNarrow: true, channelsShown: shown };
}
