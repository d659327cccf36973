import type { Days, Span } from "../../period";
import type { AnswerOf } from "../api";
import type { Asks, ChartKind, Kind, Pick } from "../ask";
import type { InsightQuery } from "../question";

/** The same kind of answer again, where two periods can be laid beside each other. */
type ComparedOf<K extends Kind> = AnswerOf<K> extends { compared?: infer Compared } ? Exclude<Compared, undefined> : never;

/** What every way of showing an answer is given. */
export interface ViewProps<K extends Kind> {
  ask: Asks[K];
  chart: ChartKind;
  query: Extract<InsightQuery, { insight: K }>;
  answer: AnswerOf<K>;
  /** The answer of the period compared with. */
  compared: ComparedOf<K> | undefined;
  comparedDays?: Days | undefined;
  span: Span;
  zone: string;
  nowMs: number;
  /** On a dashboard: the picture alone, so high. */
  tileHeight?: number | undefined;
  /** Shows the people of a number. */
  onPick?: ((pick: Pick) => void) | undefined;
  /** Asks something else, from within the picture. */
  onAsk?: ((ask: Asks[K]) => void) | undefined;
}

export const CHART_HEIGHT = 360;
