import { stageColor } from "../charts/palette";
import { stageHue, stageName, type FunnelView } from "../funnels/document";
import { useTranslation } from "react-i18next";
import type { DealStatus } from "./api";
import classes from "./StageLabel.module.css";

interface Props {
  deal: { funnel_id: string; stage: string; status: DealStatus };
  funnels: readonly FunnelView[];
}

/** Where a deal stands: its stage with the stage's hue, and whether it was won or lost there. */
export function StageLabel({ deal, funnels }: Props) {
  const { t } = useTranslation("deals");
  const stages = funnels.find(({ id }) => id === deal.funnel_id)?.document.stages ?? [];
  const index = stages.findIndex(({ id }) => id === deal.stage);
  return (
    <span className={classes["root"]}>
      <StageName stage={stages[index]} index={index} id={deal.stage} />
      {deal.status !== "open" && <span className={classes["outcome"]} data-status={deal.status}>{t(`status.${deal.status}`)}</span>}
    </span>
  );
}

/** The name of a stage behind its hue. */
export function StageName({ stage, index, id }: { stage: Parameters<typeof stageName>[0] | undefined; index: number; id: string }) {
  const { i18n } = useTranslation();
  return (
    <span className={classes["stage"]}>
      <span className={classes["dot"]} style={{ background: index < 0 ? "var(--ghost)" : stageColor(stageHue(stage, index)) }} aria-hidden />
      {stage ? stageName(stage, i18n.language) : id}
    </span>
  );
}
