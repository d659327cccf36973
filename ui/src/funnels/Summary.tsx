import { useTranslation } from "react-i18next";
import type { FunnelAnswer } from "../api/types";
import { useFormat } from "../i18n";
import classes from "./FunnelReport.module.css";

/** Sums medians of the steps: no exact median of the whole, but what people mean by "how long does it take". */
function typicalSeconds(answer: FunnelAnswer): number | null {
  const times = answer.steps.slice(1).map((step) => step.median_s);
  return times.length > 0 && times.every((time) => time !== null) ? times.reduce((sum, time) => sum + time, 0) : null;
}

/** From so many characters on a fact is written smaller, so that it stays in its line. */
const LONG_CHARS = 10;

export function Summary({ answer, compared }: { answer: FunnelAnswer; compared: FunnelAnswer | undefined }) {
  const { t } = useTranslation(["funnels", "common"]);
  const format = useFormat();
  const facts: [string, (of: FunnelAnswer) => string][] = [
    [t("started"), (of) => format.integer(of.counts[0] ?? 0)],
    [t("finished"), (of) => format.integer(of.counts.at(-1) ?? 0)],
    [t("overall"), (of) => format.percent(of.steps.at(-1)?.conversion_from_first, 1)],
    [t("typicalTime"), (of) => format.duration(typicalSeconds(of))],
  ];
  return (
    <dl className={classes["summary"]}>
      {facts.map(([label, write]) => (
        <div key={label} className={classes["fact"]}>
          <dt>{label}</dt>
          <dd>
            <div className={classes["value"]} data-long={write(answer).length >= LONG_CHARS || undefined}>{write(answer)}</div>
            {compared && <div className={classes["formerly"]}>{t("common:chart.beforeValue", { value: write(compared) })}</div>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
