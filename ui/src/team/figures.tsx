import { Text, Tooltip } from "@mantine/core";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Money } from "../api/types";
import { useFormat } from "../i18n";
import type { TeamFigures } from "./api";
import classes from "./Team.module.css";

/** A share with its 95 % interval as a line. */
export function Interval({ share, low, high }: { share: number | null; low: number; high: number }) {
  const { t } = useTranslation("team");
  const format = useFormat();
  if (share === null) return null;
  return (
    <Tooltip label={t("report.interval", { low: format.percent(low), high: format.percent(high) })}>
      <span className={classes["interval"]} role="img" aria-label={t("report.interval", { low: format.percent(low), high: format.percent(high) })}>
        <i style={{ left: `${low * 100}%`, right: `${(1 - high) * 100}%` }} />
        <b style={{ left: `${share * 100}%` }} />
      </span>
    </Tooltip>
  );
}

/** How the numbers of a person are written. */
export function useFigures() {
  const { t } = useTranslation("team");
  const format = useFormat();
  const none = <Text span c="dimmed">–</Text>;
  const money = (values: readonly Money[]) => (values.length === 0 ? none : <>{values.map((value) => <span key={value.currency} style={{ display: "block", whiteSpace: "nowrap" }}>{format.money(value, { whole: true })}</span>)}</>);
  const before = (text: string | null) => (text === null ? null : <span className={classes["under"]}>{t("report.before", { value: text })}</span>);
  const count = (value: number, former: number | undefined) => <>{value === 0 && !former ? none : format.integer(value)}{before(former === undefined ? null : format.integer(former))}</>;
  return { t, format, none, money, before, count };
}

export type Figures = ReturnType<typeof useFigures>;

export interface FigureColumn {
  key: string;
  label: string;
  /** How the number is defined. */
  hint: string;
  cell: (figures: TeamFigures, former: TeamFigures | undefined) => ReactNode;
}

/** The numbers of the report, each with its one definition. */
export function columnsOf(t: TFunction<"team">, { format, none, money, before, count }: Figures): FigureColumn[] {
  const seconds = (ms: number | null | undefined) => (ms === null || ms === undefined ? null : format.duration(ms / 1000));
  return [
    { key: "made", label: t("figures.made"), hint: t("figures.madeHint"), cell: (now, then) => count(now.made, then?.made) },
    { key: "won", label: t("figures.won"), hint: t("figures.wonHint"), cell: (now, then) => count(now.won, then?.won) },
    {
      key: "win", label: t("figures.win"), hint: t("figures.winHint"),
      cell: (now, then) => now.win_share === null ? none : (
        <>
          {format.percent(now.win_share)}
          <span className={classes["under"]}>{t("figures.ofClosed", { of: format.integer(now.won + now.lost) })}</span>
          <Interval share={now.win_share} low={now.win_low} high={now.win_high} />
          {before(then?.win_share == null ? null : format.percent(then.win_share))}
        </>
      ),
    },
    { key: "value", label: t("figures.value"), hint: t("figures.valueHint"), cell: (now, then) => <>{money(now.won_values)}{before(then?.won_values[0] ? format.money(then.won_values[0], { whole: true }) : null)}</> },
    { key: "calls", label: t("figures.calls"), hint: t("figures.callsHint"), cell: (now, then) => count(now.activity.calls, then?.activity.calls) },
    { key: "meetings", label: t("figures.meetings"), hint: t("figures.meetingsHint"), cell: (now, then) => count(now.activity.meetings, then?.activity.meetings) },
    {
      key: "answers", label: t("figures.answers"), hint: t("figures.answersHint"),
      cell: (now, then) => now.answers.given === 0 ? none : (
        <>
          {seconds(now.answers.median_ms) ?? none}
          <span className={classes["under"]}>{now.answers.limited > 0 ? t("figures.inTime", { share: format.percent(now.answers.in_time / now.answers.limited) }) : t("figures.answered", { count: now.answers.given, answered: format.integer(now.answers.answered) })}</span>
          {before(seconds(then?.answers.median_ms))}
        </>
      ),
    },
    { key: "open", label: t("figures.open"), hint: t("figures.openHint"), cell: (now) => <>{now.open === 0 ? none : format.integer(now.open)}{now.open_values[0] && <span className={classes["under"]}>{format.money(now.open_values[0], { whole: true })}</span>}</> },
    { key: "overdue", label: t("figures.overdue"), hint: t("figures.overdueHint"), cell: (now) => now.overdue === 0 ? none : <Text span inherit c="red">{format.integer(now.overdue)}</Text> },
  ];
}
