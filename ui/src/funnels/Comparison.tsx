import { SegmentedControl, Title } from "@mantine/core";
import { IconArrowDownRight, IconArrowUpRight, IconEqual, IconMinus, IconTilde } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { FunnelAnswer } from "../api/types";
import { stageColor } from "../charts/palette";
import { useFormat } from "../i18n";
import type { Days } from "../period";
import { reachOf, stepChanges, type Base, type ShareChange, type StepChange, type Verdict } from "./change";
import classes from "./Comparison.module.css";

const ICONS = { up: IconArrowUpRight, down: IconArrowDownRight, chance: IconTilde, same: IconEqual, none: IconMinus } as const;

/** A verdict as a sign and a word, so that its colour adds nothing that is not said. */
export function VerdictMark({ verdict }: { verdict: Verdict }) {
  const { t } = useTranslation();
  const Icon = ICONS[verdict];
  return (
    <span className={classes["verdict"]} data-verdict={verdict}>
      <Icon size={16} stroke={2} aria-hidden />
      {t(`verdict.${verdict}`)}
    </span>
  );
}

interface Props {
  answer: FunnelAnswer;
  compared: FunnelAnswer;
  names: readonly string[];
  /** The days compared with. */
  days: Days | undefined;
  /** Whether those who began lately still have time to go on. */
  isGrowing?: boolean;
}

/** What became of each step since the other period: how much, how sure, and whether it may be chance. */
export function Comparison({ answer, compared, names, days, isGrowing = false }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const [base, setBase] = useState<Base>("previous");
  const changes = stepChanges(answer, compared, base);
  const overall = stepChanges(answer, compared, "first").at(-1);
  if (changes.length === 0 || !overall) return null;
  const reach = reachOf(changes);
  const range = days && format.dateRange(`${days.first}T12:00:00Z`, `${days.last}T12:00:00Z`);
  return (
    <section className={classes["root"]} aria-label={t("comparison.title")}>
      <div className={classes["head"]}>
        <div>
          <Title order={2} size="h3">{t("comparison.title")}</Title>
          <p>{range && <>{t("comparison.with", { range })} </>}<Sentence change={overall} /></p>
        </div>
        {changes.length > 1 && (
          <SegmentedControl size="xs" aria-label={t("comparison.base")} value={base} onChange={(next) => setBase(next === "first" ? "first" : "previous")}
            data={[{ value: "previous", label: t("chart.fromPrevious") }, { value: "first", label: t("chart.fromFirst") }]} />
        )}
      </div>
      <div className={classes["scroll"]} tabIndex={0} role="region" aria-label={t("comparison.table")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("chart.step")}</th>
              <th scope="col" data-words>{t("comparison.verdict")}</th>
              <th scope="col">{t("chart.before")}</th>
              <th scope="col">{t("comparison.now")}</th>
              <th scope="col">{t("comparison.change")}</th>
              <th scope="col" data-picture-cell aria-hidden />
              <th scope="col">{t("chart.likely")}</th>
            </tr>
          </thead>
          <tbody>{changes.map((change) => <Row key={change.step} of={change} name={names[change.step] ?? ""} reach={reach} />)}</tbody>
        </table>
      </div>
      <p className={classes["note"]}>{t("comparison.note")}{isGrowing && ` ${t("comparison.growing")}`}</p>
    </section>
  );
}

/** The whole of it for those who read one sentence. */
function Sentence({ change: { before, now, change, verdict } }: { change: StepChange }) {
  const { t } = useTranslation();
  const format = useFormat();
  const values = { before: format.percent(before, 1), now: format.percent(now, 1), low: format.points(change?.ci_low), high: format.points(change?.ci_high) };
  return <>{t(`comparison.sentence.${verdict}`, values)}</>;
}

function Row({ of: { step, before, now, change, verdict }, name, reach }: { of: StepChange; name: string; reach: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <tr>
      <th scope="row" title={name}><span className={classes["name"]}><i style={{ background: stageColor(step) }} /><span>{name}</span></span></th>
      <td data-words><VerdictMark verdict={verdict} /></td>
      <td>{change ? format.percent(before, 1) : "–"}</td>
      <td>{change ? format.percent(now, 1) : "–"}</td>
      <td data-strong>{format.points(change?.diff)}</td>
      <td data-picture-cell aria-hidden>{change && <Interval change={change} verdict={verdict} reach={reach} />}</td>
      <td data-quiet>
        {change ? t("comparison.range", { low: format.points(change.ci_low), high: format.points(change.ci_high) }) : "–"}
        {change && change.p_value !== null && <span className={classes["p"]}>p {format.pValue(change.p_value)}</span>}
      </td>
    </tr>
  );
}

/** The change as a dot on its likely range, left or right of no change at all. */
function Interval({ change, verdict, reach }: { change: ShareChange; verdict: Verdict; reach: number }) {
  const at = (value: number) => `${(50 + (reach > 0 ? value / reach : 0) * 50).toFixed(2)}%`;
  return (
    <span className={classes["interval"]} data-verdict={verdict}>
      <i style={{ left: at(change.ci_low), right: `calc(100% - ${at(change.ci_high)})` }} />
      <b style={{ left: at(change.diff) }} />
    </span>
  );
}
