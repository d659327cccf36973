import { Anchor, Drawer, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n";
import { textFor } from "../localized";
import { comparedDays, spanOf, type Days } from "../period";
import { useMay } from "../session/useMay";
import { reportQuery, targetsQuery, type TeamFigures, type TeamReport, type TeamRow } from "./api";
import { Interval, useFigures } from "./figures";
import { TargetCard } from "./TargetCard";
import classes from "./Team.module.css";

interface Props {
  row: TeamRow;
  stages: TeamReport["stages"];
  days: Days;
  zone: string;
  also: { funnel?: string; team?: string };
  onClose: () => void;
}

/** One person, two periods beside each other. */
export function PersonDrawer({ row, stages, days, zone, also, onClose }: Props) {
  const { t } = useTranslation(["team", "common"]);
  const may = useMay();
  const [compare, setCompare] = useState<"previous" | "year">("previous");
  const former = comparedDays(days, compare);
  const before = useQuery(reportQuery({ ...spanOf(former, zone), ...also }));
  const then = before.isPlaceholderData ? undefined : before.data?.rows.find((other) => other.user_id === row.user_id);
  const { data: targets } = useQuery(targetsQuery);
  const own = (targets?.items ?? []).filter(({ user_id }) => user_id === row.user_id);
  return (
    <Drawer opened onClose={onClose} position="right" size={560} title={<Text component="span" fw={600}>{row.name}</Text>} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <Stack gap="lg">
        {own.length > 0 && <ul className={classes["cards"]}>{own.map((target) => <TargetCard key={target.id} target={target} />)}</ul>}
        <SegmentedControl value={compare} aria-label={t("person.compare")} data={[{ value: "previous", label: t("person.previous") }, { value: "year", label: t("person.year") }]} onChange={setCompare} />
        <Numbers now={row} then={then} days={days} former={former} />
        <Steps now={row} then={then} stages={stages} />
        {may("deals.all") && row.user_id && <Anchor component={Link} to={`/today?user=${row.user_id}`} size="sm">{t("person.today", { name: row.name })}</Anchor>}
      </Stack>
    </Drawer>
  );
}

function Numbers({ now, then, days, former }: { now: TeamFigures; then: TeamFigures | undefined; days: Days; former: Days }) {
  const { t } = useTranslation("team");
  const { format, none, money } = useFigures();
  const range = (shown: Days) => format.dateRange(`${shown.first}T12:00:00Z`, `${shown.last}T12:00:00Z`);
  const time = (ms: number | null | undefined) => (ms === null || ms === undefined ? none : format.duration(ms / 1000));
  const share = (part: number, whole: number) => (whole > 0 ? format.percent(part / whole) : none);
  const counted = (of: (figures: TeamFigures) => number) => (figures: TeamFigures) => format.integer(of(figures));
  const rows: [string, (figures: TeamFigures) => React.ReactNode][] = [
    [t("figures.made"), counted((one) => one.made)],
    [t("figures.won"), counted((one) => one.won)],
    [t("figures.lost"), counted((one) => one.lost)],
    [t("figures.win"), (one) => share(one.won, one.won + one.lost)],
    [t("figures.value"), (one) => money(one.won_values)],
    [t("figures.calls"), counted((one) => one.activity.calls)],
    [t("figures.meetings"), counted((one) => one.activity.meetings)],
    [t("figures.notes"), counted((one) => one.activity.notes)],
    [t("figures.tasks"), counted((one) => one.activity.tasks)],
    [t("figures.scripts"), counted((one) => one.scripts)],
    [t("figures.given"), counted((one) => one.answers.given)],
    [t("figures.median"), (one) => time(one.answers.median_ms)],
    [t("figures.p90"), (one) => time(one.answers.p90_ms)],
    [t("figures.kept"), (one) => share(one.answers.in_time, one.answers.limited)],
  ];
  return (
    <table className={classes["table"]}>
      <thead><tr><th scope="col">{t("person.numbers")}</th><th scope="col">{range(days)}</th><th scope="col">{range(former)}</th></tr></thead>
      <tbody>{rows.map(([label, cell]) => <tr key={label}><th scope="row" style={{ fontWeight: 400 }}>{label}</th><td>{cell(now)}</td><td>{then ? cell(then) : none}</td></tr>)}</tbody>
    </table>
  );
}

function Steps({ now, then, stages }: { now: TeamFigures; then: TeamFigures | undefined; stages: TeamReport["stages"] }) {
  const { t, i18n } = useTranslation("team");
  const format = useFormat();
  const shown = stages.flatMap((stage, index) => {
    const step = now.steps[index];
    return step && (step.entered > 0 || (then?.steps[index]?.entered ?? 0) > 0) ? [{ stage, step, former: then?.steps[index] }] : [];
  });
  if (shown.length === 0) return null;
  const told = (step: TeamFigures["steps"][number] | undefined) =>
    !step || step.share === null ? <Text span c="dimmed">–</Text> : <>{format.percent(step.share)}<span className={classes["under"]}>{t("report.wentOn", { on: format.integer(step.went_on), of: format.integer(step.entered) })}</span></>;
  return (
    <section aria-label={t("report.steps")}>
      <Title order={3} size="h4" mb="xs">{t("report.steps")}</Title>
      <table className={classes["table"]}>
        <tbody>
          {shown.map(({ stage, step, former }) => (
            <tr key={stage.id}>
              <th scope="row" style={{ fontWeight: 400 }}>
                {textFor(stage.name, i18n.language) || stage.id}
                {step.still_there > 0 && <span className={classes["under"]}>{t("person.stillThere", { count: step.still_there })}</span>}
              </th>
              <td>{told(step)}<Interval share={step.share} low={step.low} high={step.high} /></td>
              <td>{told(former)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
