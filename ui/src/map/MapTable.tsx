import { VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { stageName } from "../funnels/document";
import { useFormat } from "../i18n";
import { useMap } from "./context";

/** The map for those who do not see it: the same numbers, stage by stage. */
export function MapTable() {
  const { t, i18n } = useTranslation(["map", "common"]);
  const { model } = useMap();
  const format = useFormat();
  const money = (minor: number | null | undefined) => (minor === null || minor === undefined ? "–" : format.money({ minor, currency: model.document.currency }, { whole: true }));
  const heads = [t("common:chart.step"), t("common:chart.people"), t("table.hoped"), t("table.goOn"), t("table.goal"), t("common:chart.medianTime"), t("common:chart.dropped"), t("table.worth"), t("table.gain"), t("table.content"), t("table.findings")];
  return (
    <VisuallyHidden component="div">
      <table data-map-table>
        <caption>{t("table.caption")}</caption>
        <thead><tr>{heads.map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
        <tbody>
          {model.stages.map((stage, index) => {
            const numbers = model.numbers?.stages[index];
            return (
              <tr key={stage.key}>
                <th scope="row">{stageName(stage, i18n.language)}</th>
                <td>{numbers ? format.integer(numbers.count) : "–"}</td>
                <td>{numbers?.hoped ? format.integer(Math.round(numbers.hoped)) : "–"}</td>
                <td>{format.percent(numbers?.next?.rate, 1)}</td>
                <td>{format.percent(numbers?.next?.target, 1)}</td>
                <td>{format.duration(numbers?.next?.medianS)}</td>
                <td>{numbers?.loss ? format.integer(numbers.loss.count) : "–"}</td>
                <td>{money(numbers?.loss?.worth)}</td>
                <td>{money(numbers?.loss?.gain)}</td>
                <td>{(model.content[index] ?? []).map(({ title, kind }) => title || t(`kinds.${kind}`)).join(", ") || "–"}</td>
                <td>{(model.findings.stages.get(stage.id) ?? []).map(({ what }) => what).join(" ") || "–"}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <table>
        <caption>{t("table.channels")}</caption>
        <thead><tr><th scope="col">{t("table.channel")}</th><th scope="col">{t("common:chart.people")}</th></tr></thead>
        <tbody>{(model.numbers?.channels ?? []).map(({ id, count }) => <tr key={id}><th scope="row">{id === "" ? t("noChannel") : model.channelName(id)}</th><td>{format.integer(count)}</td></tr>)}</tbody>
      </table>
    </VisuallyHidden>
  );
}
