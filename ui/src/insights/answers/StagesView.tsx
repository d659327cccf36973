import { IconHourglassEmpty } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../../api/queries";
import { Bars } from "../../charts/series";
import { EmptyState } from "../../components/EmptyState";
import { useFormat } from "../../i18n";
import { stageTitle } from "../names";
import classes from "./Answers.module.css";
import { NumberButton } from "./NumberButton";
import { ValueTable } from "./ValueTable";
import { CHART_HEIGHT, type ViewProps } from "./view";

/** More stages than this no chart keeps apart; the table has them all. */
const BARS_MAX = 12;

/** How long each stage takes, and what is still in it. */
export function StagesView({ answer, tileHeight, onPick }: ViewProps<"time_in_stage">) {
  const { t, i18n } = useTranslation("insights");
  const format = useFormat();
  const { data: funnels } = useQuery(funnelViewsQuery);
  const named = useMemo(() => answer.stages.map((stage) => ({ ...stage, name: stageTitle(stage.stage, funnels?.items ?? [], i18n.language) || t("noValue") })), [answer.stages, funnels, i18n.language, t]);
  const drawn = useMemo(() => named.slice(0, BARS_MAX), [named]);
  const categories = useMemo(() => drawn.map(({ name }) => name), [drawn]);
  const series = useMemo(() => [
    { name: t("median"), values: drawn.map(({ median_s }) => median_s), hue: 1 },
    { name: t("nineOfTen"), values: drawn.map(({ p90_s }) => p90_s), hue: 0 },
  ], [drawn, t]);
  const isTile = tileHeight !== undefined;
  if (named.length === 0) return <div className={classes["panel"]} data-picture data-tile={isTile || undefined}><EmptyState isCompact={isTile} icon={IconHourglassEmpty} title={t("noStages")} hint={isTile ? undefined : t("noStagesHint")} /></div>;
  const count = (stage: (typeof named)[number], kind: "entered" | "left" | "still_there") => (
    <NumberButton label={t("showThem", { shown: format.integer(stage[kind]), what: `${stage.name}, ${t(`stays.${kind}`)}` })} onClick={stage[kind] > 0 && onPick ? () => onPick({ kind, value: stage.stage }) : undefined}>{format.integer(stage[kind])}</NumberButton>
  );
  return (
    <div className={classes["stack"]}>
      <div className={classes["panel"]} data-picture data-tile={isTile || undefined}>
        <Bars label={t("stagesLabel")} categories={categories} series={series} height={tileHeight ?? CHART_HEIGHT} value={format.duration} isOfTime />
        {!isTile && <p className={classes["note"]}>{t("stagesNote")}</p>}
      </div>
      {!isTile && (
        <ValueTable caption={t("tableOf", { what: t("stagesLabel") })} head={[t("stage"), t("stays.entered"), t("stays.left"), t("stays.still_there"), t("median"), t("mean"), t("nineOfTen")]}
          rows={named.map((stage) => ({
            key: stage.stage, name: stage.name,
            cells: [count(stage, "entered"), count(stage, "left"), count(stage, "still_there"), format.duration(stage.median_s), format.duration(stage.mean_s), format.duration(stage.p90_s)],
          }))} />
      )}
    </div>
  );
}
