import { VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { FunnelStepAnswer } from "../api/types";
import { useFormat } from "../i18n";

interface Props {
  steps: readonly FunnelStepAnswer[];
  names: readonly string[];
  before: readonly FunnelStepAnswer[] | undefined;
}

/** The picture for those who do not see it. */
export function FunnelTable({ steps, names, before }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <VisuallyHidden component="div">
      <table>
        <caption>{t("chart.tableCaption")}</caption>
        <thead>
          <tr>
            {[t("chart.step"), t("chart.people"), t("chart.fromPrevious"), t("chart.fromFirst"), t("chart.dropped"), t("chart.medianTime")].map((title) => (
              <th key={title} scope="col">{title}</th>
            ))}
            {before && <th scope="col">{t("chart.before")}</th>}
          </tr>
        </thead>
        <tbody>
          {steps.map((step, index) => (
            <tr key={index}>
              <th scope="row">{names[index]}</th>
              <td>{format.integer(step.count)}</td>
              <td>{index === 0 ? "–" : format.percent(step.conversion_from_prev, 1)}</td>
              <td>{format.percent(step.conversion_from_first, 1)}</td>
              <td>{index === 0 ? "–" : format.integer(step.dropped)}</td>
              <td>{format.duration(step.median_s)}</td>
              {before && <td>{format.integer(before[index]?.count ?? 0)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </VisuallyHidden>
  );
}
