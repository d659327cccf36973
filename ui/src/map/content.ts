import type { Schema } from "../api/types";
import { eventOf, type FunnelDocument } from "../funnels/document";
import { textFor } from "../localized";
import type { Magnet, PageView } from "../pages/api";
import type { Offer } from "../offers/api";
import type { TemplateSummary } from "../messages/api";

export type ContentRef = Schema<"StageContent">;
export type ContentKind = Schema<"StageContentKind">;
export const CONTENT_KINDS = ["page", "offer", "magnet", "message", "automation", "ad", "article", "video", "event", "script", "paper"] as const satisfies readonly ContentKind[];

/** What the company has made, as far as the reader may see it. */
export interface Library {
  pages: readonly PageView[];
  offers: readonly Offer[];
  magnets: readonly Magnet[];
  templates: readonly TemplateSummary[];
}

/** Different people by page, offer, template and magnet, in a period. */
export interface ContentCounts {
  pages: ReadonlyMap<string, number>;
  offersSeen: ReadonlyMap<string, number>;
  offersBought: ReadonlyMap<string, number>;
  templates: ReadonlyMap<string, number>;
  magnets: ReadonlyMap<string, number>;
}

export interface ContentItem {
  /** Keeps its node itself: the stage, and what it is or its place there. */
  key: string;
  kind: ContentKind;
  id: string;
  title: string;
  /** People it reached; null where nothing counts them. */
  count: number | null;
  /** Buyers of an offer. */
  bought: number | null;
  /** Its place in the stage's content, or null where the document does not name it there. */
  place: number | null;
  /** Where it is edited. */
  link: { to: "/pages/$pageId"; params: { pageId: string } } | { to: "/offers/$offerId"; params: { offerId: string } } | { to: "/messages" } | { to: "/pages" } | null;
  /** Named, but there is no such thing. */
  isMissing: boolean;
}

/** What happens where such content is seen, for content that the document places nowhere. */
const SEEN_ON: Partial<Record<ContentKind, string>> = { page: "Page Viewed", magnet: "Lead Magnet Downloaded", offer: "Offer Viewed" };
const slugOf = (id: string) => id.replace(/^\/+/, "");
const pageOf = (library: Library, id: string) => library.pages.find((page) => page.id === id || page.locales.some(({ slug, published_slug }) => slug === slugOf(id) || published_slug === slugOf(id)));

/** One thing as it is shown. `own` is the title that the document gives it. */
function itemOf(kind: ContentKind, id: string, own: string, library: Library, counts: ContentCounts, language: string): Omit<ContentItem, "key" | "place"> {
  const none = { kind, id, bought: null, link: null, isMissing: false };
  if (kind === "page") {
    const page = pageOf(library, id);
    if (page) return { ...none, title: own || page.name, count: counts.pages.get(page.name) ?? 0, link: { to: "/pages/$pageId", params: { pageId: page.id } } };
    return { ...none, title: own || id, count: null, isMissing: id !== "" };
  }
  if (kind === "offer") {
    const offer = library.offers.find(({ id: known, document }) => known === id || document.slug === id);
    if (!offer) return { ...none, title: own || id, count: null, isMissing: id !== "" };
    const slug = offer.document.slug;
    return { ...none, title: own || textFor(offer.document.name, language) || slug, count: counts.offersSeen.get(slug) ?? 0, bought: counts.offersBought.get(slug) ?? 0, link: { to: "/offers/$offerId", params: { offerId: offer.id } } };
  }
  if (kind === "magnet") {
    const magnet = library.magnets.find(({ id: known }) => known === id);
    if (!magnet) return { ...none, title: own || id, count: null, isMissing: id !== "" };
    return { ...none, title: own || magnet.name, count: counts.magnets.get(magnet.id) ?? 0, link: { to: "/pages" } };
  }
  if (kind === "message") {
    const template = library.templates.find(({ name }) => name === id);
    if (!template) return { ...none, title: own || id, count: null };
    return { ...none, title: own || template.name, count: counts.templates.get(template.name) ?? 0, link: { to: "/messages" } };
  }
  return { ...none, title: own || id, count: null };
}

/**
 * What each stage holds: what the document names there, the offers that its ladder puts there, and then what exists and is
 * seen on the stage's own event but is named nowhere.
 */
export function contentOf(document: FunnelDocument, library: Library, counts: ContentCounts, language: string): ContentItem[][] {
  const placed = new Set(document.stages.flatMap(({ content }) => (content ?? []).map((ref) => identity(ref.kind, ref.id ?? "", library))));
  const taken = new Set(placed);
  return document.stages.map((stage) => {
    const named = (stage.content ?? []).map((ref, place) => ({ ...itemOf(ref.kind, ref.id ?? "", textFor(ref.title, language).trim(), library, counts, language), key: `${stage.id}/${place}`, place }));
    const found: ContentItem[] = [];
    const add = (kind: ContentKind, id: string) => {
      const key = identity(kind, id, library);
      if (taken.has(key)) return;
      taken.add(key);
      found.push({ ...itemOf(kind, id, "", library, counts, language), key: `${stage.id}/${key}`, place: null });
    };
    for (const rung of document.ladder ?? []) if (rung.stage === stage.id) add("offer", rung.offer);
    const event = eventOf(stage.enters_on);
    if (event === SEEN_ON.page) library.pages.filter(({ locales }) => locales.some(({ published_slug }) => published_slug !== null)).forEach(({ id }) => add("page", id));
    if (event === SEEN_ON.magnet) library.magnets.forEach(({ id }) => add("magnet", id));
    if (event === SEEN_ON.offer) library.offers.filter(({ is_published }) => is_published).forEach(({ document: { slug } }) => add("offer", slug));
    return [...named, ...found.sort((a, b) => (b.count ?? 0) - (a.count ?? 0) || a.key.localeCompare(b.key))];
  });
}

/** One thing under one name, whichever of its addresses is written. */
function identity(kind: ContentKind, id: string, library: Library): string {
  if (kind === "page") return `page:${pageOf(library, id)?.id ?? id}`;
  if (kind === "offer") return `offer:${library.offers.find(({ id: known, document }) => known === id || document.slug === id)?.document.slug ?? id}`;
  return `${kind}:${id}`;
}
