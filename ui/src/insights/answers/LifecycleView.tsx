import { IconUsersMinus } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ChartColors } from "../../charts/Chart";
import { StackChart } from "../../charts/StackChart";
import { EmptyState } from "../../components/EmptyState";
import { useFormat } from "../../i18n";
import { bucketName, eventsName } from "../names";
import classes from "./Answers.module.css";
import { isUnfinished } from "./shape";
import { NumberButton } from "./NumberButton";
import { ValueTable } from "./ValueTable";
import { CHART_HEIGHT, type ViewProps } from "./view";

const PARTS = [
  { name: "returning", color: (colors: ChartColors) => colors.palette[1] ?? "", hue: 1 },
  { name: "new", color: (colors: ChartColors) => colors.palette[4] ?? "", hue: 4 },
  { name: "resurrecting", color: (colors: ChartColors) => colors.palette[2] ?? "", hue: 2 },
  // People who go are a leak, here as in a funnel.
  { name: "dormant", color: (colors: ChartColors) => colors.leak, isBelow: true },
] as const;

const signed = (part: (typeof PARTS)[number], value: number) => ("isBelow" in part && value > 0 ? -value : value);

export function LifecycleView({ ask, query, answer, span, zone, nowMs, tileHeight, onPick }: ViewProps<"lifecycle">) {
  const { t } = useTranslation("insights");
  const format = useFormat();
  const interval = query.interval ?? "day";
  const points = useMemo(() => answer.starts.map((start) => bucketName(start, interval, format)), [answer.starts, interval, format]);
  const stacks = useMemo(() => PARTS.map((part) => ({ ...part, name: t(`lifecycle.${part.name}`), values: answer[part.name] })), [answer, t]);
  const unfinished = isUnfinished(answer.starts, interval, zone, span.to, nowMs) ? t("unfinished") : null;
  const label = t("lifecycleLabel", { what: eventsName(ask.event) });
  const isTile = tileHeight !== undefined;
  if (PARTS.every(({ name }) => answer[name].every((count) => count === 0))) return <div className={classes["panel"]} data-picture data-tile={isTile || undefined}><EmptyState isCompact={isTile} icon={IconUsersMinus} title={t("nothingCounted")} hint={isTile ? undefined : t("nothingCountedHint")} /></div>;
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  return (
    <div className={classes["stack"]}>
      <div className={classes["panel"]} data-picture data-tile={tileHeight !== undefined || undefined}>
        <StackChart label={label} stacks={stacks} points={points} unfinished={unfinished} height={tileHeight ?? CHART_HEIGHT} value={format.integer} tick={format.compact} />
      </div>
      {tileHeight === undefined && (
        <ValueTable caption={t("tableOf", { what: label })} head={[t(`intervals.${interval}`), t("total"), ...points]} isLastQuiet={unfinished !== null} sums={1}
          rows={PARTS.map((part) => ({
            key: part.name, name: t(`lifecycle.${part.name}`), ...("hue" in part ? { hue: part.hue } : { color: "var(--leak)" }),
            cells: [
              format.integer(signed(part, sum(answer[part.name]))),
              ...answer[part.name].map((value, index) => (
                <NumberButton key={index} label={t("showThem", { shown: format.integer(signed(part, value)), what: `${t(`lifecycle.${part.name}`)}, ${points[index] ?? ""}` })} onClick={value > 0 && onPick ? () => onPick({ kind: part.name, at: answer.starts[index] ?? "" }) : undefined}>
                  {format.integer(signed(part, value))}
                </NumberButton>
              )),
            ],
          }))} />
      )}
    </div>
  );
}
