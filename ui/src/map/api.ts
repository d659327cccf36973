import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Schema } from "../api/types";
import type { FunnelDocument, FunnelView } from "../funnels/document";
import type { Span } from "../period";

/** Numbers on the map beside those of the funnel itself lie below this key: what happens makes them old. */
export const MAP_NUMBERS = ["map-numbers"] as const;
/** The most values of a property that are told apart, and the most series in one question. */
const VALUES_MAX = 100;
const SERIES_MAX = 10;

/**
 * The one place where an edited document leaves the map. It is published at once; with `base_version` the server refuses
 * what somebody else has changed since.
 */
export const saveFunnel = (id: string, document: FunnelDocument, base_version: number) => api.put<FunnelView>(`/funnels/${id}`, { document, base_version });

type Trend = Schema<"TrendAnswer">;

/** Different people of an event by the values of a property. */
export const peopleByQuery = (event: string | readonly string[], prop: string, span: Span) =>
  queryOptions({
    queryKey: [...MAP_NUMBERS, "by", event, prop, span],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, number>> => {
      const body = { insight: "trend", event, interval: "month", measure: "unique", ...span, breakdown: { prop, top: VALUES_MAX } };
      const { breakdown } = await api.post<Trend>("/insights/query", body, { signal });
      return new Map((breakdown ?? []).map(({ value, total }) => [value, total ?? 0]));
    },
    placeholderData: (former) => former,
  });

/** An event, or one that came by a channel. */
export interface Sighting {
  event: string;
  channel: string;
}

export const sightingKey = ({ event, channel }: Sighting): string => JSON.stringify([event, channel]);

/** Different people of each of some events. */
export const peopleOfQuery = (sightings: readonly Sighting[], span: Span) =>
  queryOptions({
    queryKey: [...MAP_NUMBERS, "of", sightings, span],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, number>> => {
      const found = new Map<string, number>();
      for (let start = 0; start < sightings.length; start += SERIES_MAX) {
        const some = sightings.slice(start, start + SERIES_MAX);
        const series = some.map(({ event, channel }) => ({ event, measure: "unique", ...(channel ? { where: { channel } } : {}) }));
        const answer = await api.post<Trend>("/insights/query", { insight: "trend", interval: "month", ...span, series }, { signal });
        some.forEach((sighting, index) => found.set(sightingKey(sighting), answer.series?.[index]?.total ?? 0));
      }
      return found;
    },
    placeholderData: (former) => former,
  });
