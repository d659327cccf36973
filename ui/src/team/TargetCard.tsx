import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../api/queries";
import { usersQuery } from "../deals/api";
import { stageName } from "../funnels/document";
import { useFormat } from "../i18n";
import { textFor } from "../localized";
import { teamsQuery } from "../routing/api";
import type { Target, TargetPace } from "./api";
import { barOf, paceState } from "./pace";
import classes from "./Team.module.css";

/** What a target is called: whose it is, and what is counted. */
export function useTargetWords() {
  const { t, i18n } = useTranslation("team");
  const format = useFormat();
  const { data: users } = useQuery(usersQuery);
  const { data: teams } = useQuery(teamsQuery);
  const { data: funnels } = useQuery(funnelViewsQuery);
  const whose = ({ user_id, team_id }: Pick<Target, "user_id" | "team_id">): string =>
    user_id ? (users?.items.find(({ id }) => id === user_id)?.name ?? "…") : team_id ? (teams?.items.find(({ id }) => id === team_id)?.name ?? "…") : t("targets.company");
  const what = ({ target }: Target): string => {
    const funnel = funnels?.items.find(({ id }) => id === target.funnel_id);
    const stage = funnel?.document.stages.find(({ id }) => id === target.stage);
    const unit = target.unit === "entered" ? t("targets.units.enteredOf", { stage: stage ? stageName(stage, i18n.language) : (target.stage ?? "") }) : t(`targets.units.${target.unit}`);
    return funnel && target.unit !== "entered" ? `${unit} · ${textFor(funnel.document.title, i18n.language)}` : unit;
  };
  const amount = (target: Target["target"], value: number): string =>
    target.unit === "value_won" && target.currency ? format.money({ minor: Math.round(value), currency: target.currency }, { whole: true }) : format.decimal(value, 0);
  return { whose, what, amount };
}

/** A target as a bar: how far, where one should be by now, and where it leads. */
export function TargetCard({ target, tools }: { target: Target; tools?: ReactNode }) {
  const { t } = useTranslation("team");
  const { whose, what, amount } = useTargetWords();
  const of = (value: number) => amount(target.target, value);
  return <PaceCard title={whose(target)} what={`${what(target)} · ${t(`targets.periods.${target.target.period}`)}`} pace={target.pace} amount={of(target.target.amount)} of={of} tools={tools} />;
}

interface PaceProps {
  title: string;
  what: string;
  pace: TargetPace;
  amount: string;
  of: (value: number) => string;
  tools?: ReactNode;
}

export function PaceCard({ title, what, pace, amount, of, tools }: PaceProps) {
  const { t } = useTranslation("team");
  const format = useFormat();
  const state = paceState(pace);
  const { filled, mark } = barOf(pace);
  return (
    <li className={classes["card"]}>
      <div className={classes["cardHead"]}><div><Text size="sm" fw={550}>{title}</Text><Text size="xs" c="dimmed">{what}</Text></div>{tools}</div>
      <div className={classes["amount"]}>{of(pace.actual)} <small>{t("targets.of", { amount })}</small></div>
      <div className={classes["bar"]} data-state={state} role="img" aria-label={t("targets.barLabel", { share: format.percent(pace.share), expected: of(pace.expected) })}>
        <i style={{ width: `${filled * 100}%` }} />
        {mark > 0 && mark < 1 && <b style={{ left: `${mark * 100}%` }} />}
      </div>
      <Text size="xs" c="dimmed">{t(`targets.states.${state}`, { expected: of(pace.expected) })}{state !== "reached" && pace.forecast !== null && ` · ${t("targets.forecast", { amount: of(pace.forecast) })}`}</Text>
    </li>
  );
}
