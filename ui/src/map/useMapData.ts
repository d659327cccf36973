import { useQueries, useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLiveEvents } from "../api/live";
import { funnelAnswerQuery, funnelViewsQuery } from "../api/queries";
import type { FunnelAnswer, FunnelQuery } from "../api/types";
import { channelName, eventOf, toFunnel, type FunnelDocument, type FunnelView } from "../funnels/document";
import { buildQuery } from "../funnels/reportState";
import { templatesQuery } from "../messages/api";
import { offersQuery } from "../offers/api";
import { magnetsQuery, pagesQuery } from "../pages/api";
import { spanOf, type Days, type Span } from "../period";
import { useMay } from "../session/useMay";
import type { DraftStage } from "./stages";
import { MAP_NUMBERS, peopleByQuery } from "./api";
import { contentOf, type ContentCounts, type ContentItem, type Library } from "./content";
import { findingsQuery, placeFindings } from "./findings";
import { numbersOfDraft, type MapModel } from "./model";
import { isSale, minorPerUnit } from "./numbers";

const DAY_MS = 86_400_000;
/** Numbers are asked for again at most this often while things happen. */
const REFRESH_MS = 5_000;
const NONE: ReadonlyMap<string, number> = new Map();
/** Stands for a question while there is none: it is never sent. */
const NOTHING: FunnelQuery = { insight: "funnel", steps: [], order: "ordered", window_s: 1, from: "", to: "" };

/** The report's own question about the stages, with what was paid and who came by which channel. */
function questionOf(view: FunnelView, document: FunnelDocument, span: Span, language: string): FunnelQuery | null {
  const query = buildQuery({ by: "channel" }, toFunnel({ ...view, document }, language), span);
  return query && { ...query, value: { prop: "value" } };
}

/** Pages, offers, magnets and mails, and how many people each reached. */
function useContent(document: FunnelDocument, span: Span): { library: Library; content: ContentItem[][] } {
  const { i18n } = useTranslation();
  const may = useMay();
  const [pages, offers, magnets, templates] = [useQuery(pagesQuery), useQuery(offersQuery), useQuery(magnetsQuery), useQuery({ ...templatesQuery, enabled: may("messages.read") })];
  const counted = useQueries({
    queries: [
      peopleByQuery("Page Viewed", "page", span),
      peopleByQuery("Offer Viewed", "offer", span),
      peopleByQuery("Order Completed", "offer", span),
      peopleByQuery("Email Sent", "template", span),
      peopleByQuery("Lead Magnet Downloaded", "magnet", span),
    ],
  });
  const [seen, offersSeen, offersBought, sent, taken] = counted.map(({ data }) => data ?? NONE);
  const library: Library = { pages: pages.data?.items ?? [], offers: offers.data?.items ?? [], magnets: magnets.data?.items ?? [], templates: templates.data?.items ?? [] };
  const counts: ContentCounts = { pages: seen ?? NONE, offersSeen: offersSeen ?? NONE, offersBought: offersBought ?? NONE, templates: sent ?? NONE, magnets: taken ?? NONE };
  return { library, content: contentOf(document, library, counts, i18n.language) };
}

/** Minor units of the funnel's currency, or null when something was sold in another one. */
function useCurrency(document: FunnelDocument, span: Span): number | null {
  const events = [...new Set(document.stages.filter(isSale).map(({ enters_on }) => eventOf(enters_on)))].filter(Boolean);
  const paid = useQuery({ ...peopleByQuery(events, "currency", span), enabled: events.length > 0 });
  const others = [...(paid.data ?? NONE)].some(([currency, people]) => people > 0 && currency !== "" && currency !== document.currency);
  return others ? null : minorPerUnit(document.currency);
}

export interface MapData {
  model: MapModel;
  library: Library;
  /** The whole answer, as the report shows it. */
  answer: UseQueryResult<FunnelAnswer>;
  /** Whether there is anything to ask: two stages with their events. */
  isAsked: boolean;
  span: Span;
}

/** Everything that the views of the map show about a document in a period. */
export function useMapData(view: FunnelView, document: FunnelDocument, stages: readonly DraftStage[], days: Days, timeZone: string): MapData {
  const { i18n } = useTranslation();
  const span = spanOf(days, timeZone);
  const query = questionOf(view, document, span, i18n.language);
  const answer = useQuery({ ...funnelAnswerQuery(query ?? NOTHING), enabled: query !== null });
  const findings = useQuery(findingsQuery(view.id, view.version, i18n.language));
  const { data: funnels } = useQuery(funnelViewsQuery);
  const { library, content } = useContent(document, span);
  const parts = useCurrency(document, span);
  const dayCount = Math.round((Date.parse(days.last) - Date.parse(days.first)) / DAY_MS) + 1;
  const model: MapModel = {
    document, stages, content,
    numbers: query && answer.data ? numbersOfDraft(answer.data, document, dayCount, parts) : null,
    findings: placeFindings(findings.data ?? [], view.document),
    channelName: (id) => channelName(id, funnels?.items ?? [], i18n.language),
    isStale: answer.isPlaceholderData,
  };
  return { model, library, answer, isAsked: query !== null, span };
}

/** Asks for the numbers again while things happen, not more often than a reader can follow. Returns whether it listens. */
export function useLiveNumbers(): boolean {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const refresh = () => {
    void queries.invalidateQueries({ queryKey: MAP_NUMBERS });
    void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === "insights" && typeof queryKey[1] === "object" });
  };
  return useLiveEvents({
    onHappened: () => {
      timer.current ??= setTimeout(() => {
        timer.current = undefined;
        refresh();
      }, REFRESH_MS);
    },
    onBack: refresh,
  });
}
