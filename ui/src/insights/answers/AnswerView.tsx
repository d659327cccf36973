import type { Days, Span } from "../../period";
import type { Answer } from "../api";
import type { Asks, ChartKind, Kind, Pick } from "../ask";
import type { InsightQuery } from "../question";
import { FunnelView } from "./FunnelView";
import { LifecycleView } from "./LifecycleView";
import { PathsView } from "./PathsView";
import { RetentionView } from "./RetentionView";
import { StagesView } from "./StagesView";
import { TrendView } from "./TrendView";
import type { ViewProps } from "./view";

interface Props {
  ask: Asks[Kind];
  chart: ChartKind;
  query: InsightQuery;
  answer: Answer;
  comparedDays?: Days | undefined;
  span: Span;
  zone: string;
  nowMs: number;
  tileHeight?: number | undefined;
  onPick?: ((pick: Pick) => void) | undefined;
  onAsk?: ((ask: Asks[Kind]) => void) | undefined;
}

/** An answer in the way of its kind. */
export function AnswerView(props: Props) {
  const { query, answer } = props;
  // The answer of another kind may still be there for a moment: it is no answer to this question.
  if (query.insight !== answer.insight) return null;
  const compared = "compared" in answer ? answer.compared : undefined;
  const given = { ...props, compared } as unknown;
  switch (answer.insight) {
    case "funnel":
      return <FunnelView {...(given as ViewProps<"funnel">)} />;
    case "trend":
      return <TrendView {...(given as ViewProps<"trend">)} />;
    case "retention":
      return <RetentionView {...(given as ViewProps<"retention">)} />;
    case "paths":
      return <PathsView {...(given as ViewProps<"paths">)} />;
    case "time_in_stage":
      return <StagesView {...(given as ViewProps<"time_in_stage">)} />;
    case "lifecycle":
      return <LifecycleView {...(given as ViewProps<"lifecycle">)} />;
  }
}
