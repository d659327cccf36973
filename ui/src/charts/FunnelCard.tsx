import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import type { FunnelStepAnswer } from "../api/types";
import { useFormat } from "../i18n";
import { verdictOf } from "../funnels/change";
import classes from "./FunnelPicture.module.css";
import type { Pointed } from "./FunnelPicture";
import type { Frame } from "./funnelFrame";
import type { FunnelShape } from "./funnelGeometry";

const CARD_WIDTH = 288;
const OFFSET = 12;

interface Props {
  pointed: Pointed;
  frame: Frame;
  shape: FunnelShape;
  names: readonly string[];
  steps: readonly FunnelStepAnswer[];
  before: readonly FunnelStepAnswer[] | undefined;
}

/** What is known about the part pointed at. The hidden table says the same, so this is for eyes only. */
export function FunnelCard({ pointed, frame, shape, names, steps, before }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const step = steps[pointed.step];
  if (!step) return null;
  const former = before?.[pointed.step];
  const name = names[pointed.step] ?? step.name;
  const isJoin = pointed.part === "join";
  const title = isJoin ? `${names[pointed.step - 1] ?? ""} → ${name}` : name;
  const rows: [string, string][] = [
    [t("chart.people"), format.integer(step.count)],
    ...(pointed.step > 0
      ? ([
          [t("chart.fromPrevious"), format.percent(step.conversion_from_prev, 1)],
          // Of nobody, every share is as likely as any other.
          ...(step.count + step.dropped > 0
            ? [[t("chart.likely"), t("chart.range", { low: format.percent(step.ci_low, 1), high: format.percent(step.ci_high, 1) })]]
            : []),
          [t("chart.fromFirst"), format.percent(step.conversion_from_first, 1)],
          [t("chart.medianTime"), format.duration(step.median_s)],
          [t("chart.dropped"), format.integer(step.dropped)],
        ] as [string, string][])
      : []),
    ...(former ? ([[t("chart.before"), isJoin ? format.percent(former.conversion_from_prev, 1) : format.integer(former.count)]] as [string, string][]) : []),
    ...(former && isJoin && step.change ? ([[t("comparison.change"), format.points(step.change.diff)], [t("comparison.verdict"), t(`verdict.${verdictOf(step.change)}`)]] as [string, string][]) : []),
  ];
  return (
    <div className={classes["card"]} style={place(pointed, frame, shape)} aria-hidden>
      <strong>{title}</strong>
      <dl>
        {rows.map(([label, value]) => (
          <div key={label} style={{ display: "contents" }}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** Beside the part, on the side with room; below the middle line, so that the rate stays readable. */
function place({ step, part }: Pointed, frame: Frame, shape: FunnelShape): CSSProperties {
  const block = shape.blocks[step];
  const from = part === "join" ? shape.blocks[step - 1] : block;
  const start = from && part === "join" ? from.end : (block?.start ?? 0);
  const end = part === "join" ? (block?.start ?? 0) : (block?.end ?? 0);
  if (frame.isVertical) return { left: 0, right: 0, width: "auto", top: end + OFFSET };
  const top = frame.svg.top + frame.svg.height / 2 + OFFSET + 8;
  const fits = end + OFFSET + CARD_WIDTH <= frame.svg.width;
  return fits ? { left: part === "join" ? start : end + OFFSET, top } : { left: start - OFFSET - CARD_WIDTH, top };
}
