import { Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { FunnelAnswer, FunnelStepAnswer } from "../../api/types";
import { stageColor } from "../../charts/palette";
import { useFormat } from "../../i18n";
import classes from "./Answers.module.css";
import { durationScale } from "./shape";

interface Props {
  answer: FunnelAnswer;
  compared: FunnelAnswer | undefined;
  names: readonly string[];
}

const PARTS = ["p25_s", "median_s", "p75_s", "p90_s", "p95_s", "avg_s"] as const;

/** How long each step takes after the one before, from the quick to the slow. */
export function StepTimes({ answer, compared, names }: Props) {
  const { t } = useTranslation(["insights", "common"]);
  const format = useFormat();
  const steps = answer.steps.map((step, index) => ({ step, index, former: compared?.steps[index] })).slice(1);
  const scale = durationScale(steps.flatMap(({ step }) => PARTS.map((part) => step[part])));
  const heads = [t("quarterIn"), t("halfIn"), t("threeQuartersIn"), t("nineOfTen"), t("nineteenOfTwenty"), t("mean")];
  return (
    <section>
      <Title order={2} size="h3">{t("stepTimes")}</Title>
      <p className={classes["note"]} style={{ marginTop: 4, marginBottom: 12 }}>{t("stepTimesHint")}</p>
      <div className={classes["table"]} data-times tabIndex={0} role="region" aria-label={t("stepTimes")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("stepName")}</th>
              <th scope="col" data-drawn aria-hidden />
              {heads.map((head) => <th key={head} scope="col">{head}</th>)}
            </tr>
          </thead>
          <tbody>
            {steps.map(({ step, index, former }) => (
              <tr key={index}>
                <th scope="row" title={t("wayTo", { from: names[index - 1] ?? "", to: names[index] ?? step.name })}>
                  <span className={classes["named"]}><i className={classes["dot"]} style={{ background: stageColor(index) }} /><span>{names[index] ?? step.name}</span></span>
                </th>
                <td data-drawn aria-hidden>{step.median_s !== null && <Range step={step} at={scale} color={stageColor(index)} />}</td>
                {PARTS.map((part) => (
                  <td key={part} className={part === "median_s" ? classes["strong"] : undefined}>
                    {format.duration(step[part])}
                    {former && part === "median_s" && <span className={classes["formerly"]}>{t("common:chart.beforeValue", { value: format.duration(former.median_s) })}</span>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** The middle half as a bar with its middle, and a line to where nearly all have come through. */
function Range({ step, at, color }: { step: FunnelStepAnswer; at: (seconds: number | null) => number; color: string }) {
  const style = (from: number | null, to: number | null) => ({ left: `${at(from)}%`, right: `${100 - at(to)}%`, background: color });
  return (
    <span className={classes["range"]}>
      <i style={style(step.p25_s, step.p95_s)} />
      <b style={style(step.p25_s, step.p75_s)} />
      <u style={{ left: `${at(step.median_s)}%` }} />
    </span>
  );
}
