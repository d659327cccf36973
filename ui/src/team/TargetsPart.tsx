import { ActionIcon, Button, Menu, Skeleton, Text, Title } from "@mantine/core";
import { IconDots, IconPencil, IconPlus, IconTarget, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../components/EmptyState";
import { toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { useFormat } from "../i18n";
import { textFor } from "../localized";
import { useMay } from "../session/useMay";
import { clusterGoalsQuery, deleteTarget, TARGETS, targetsQuery, type ClusterGoal, type Target } from "./api";
import { TargetForm } from "./TargetForm";
import { PaceCard, TargetCard, useTargetWords } from "./TargetCard";
import classes from "./Team.module.css";

/** What is to be reached, and the pace. */
export function TargetsPart({ funnel }: { funnel: string | undefined }) {
  const { t } = useTranslation(["team", "common"]);
  const may = useMay();
  const queries = useQueryClient();
  const { whose } = useTargetWords();
  const targets = useQuery(targetsQuery);
  const { data: goals } = useQuery(clusterGoalsQuery(funnel));
  const [editing, setEditing] = useState<Target | "new" | null>(null);
  const remove = useMutation({ mutationFn: deleteTarget, onError: toastError, onSettled: () => queries.invalidateQueries({ queryKey: TARGETS }) });
  const canChange = may("targets.write");
  const items = targets.data?.items ?? [];
  const measured = (goals?.items ?? []).filter((goal) => goal.pace !== null);
  if (targets.isError && !targets.data) return <QueryProblem error={targets.error} onRetry={() => void targets.refetch()} />;
  if (targets.data && items.length === 0 && measured.length === 0 && !canChange) return null;
  const add = canChange && <Button variant="default" size="sm" leftSection={<IconPlus size={16} stroke={1.5} />} onClick={() => setEditing("new")}>{t("targets.add")}</Button>;
  return (
    <section aria-label={t("targets.title")}>
      <div className={classes["sectionHead"]}>
        <div><Title order={2} size="h3">{t("targets.title")}</Title><Text size="sm" c="dimmed">{t("targets.hint")}</Text></div>
        {items.length > 0 && add}
      </div>
      {!targets.data ? <ul className={classes["cards"]}>{[0, 1, 2].map((index) => <li key={index}><Skeleton height={136} radius="md" /></li>)}</ul>
        : items.length + measured.length === 0 ? <EmptyState isCompact icon={IconTarget} title={t("targets.none")} hint={t("targets.noneHint")} actions={add} />
        : (
          <ul className={classes["cards"]}>
            {items.map((target) => (
              <TargetCard key={target.id} target={target} tools={canChange && (
                <Menu position="bottom-end">
                  <Menu.Target><ActionIcon size={28} aria-label={t("targets.more", { name: whose(target) })}><IconDots size={16} /></ActionIcon></Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item leftSection={<IconPencil size={16} stroke={1.5} />} onClick={() => setEditing(target)}>{t("edit")}</Menu.Item>
                    <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={() => remove.mutate(target.id)}>{t("common:actions.delete")}</Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              )} />
            ))}
            {measured.map((goal, index) => <GoalCard key={index} goal={goal} />)}
          </ul>
        )}
      {editing && <TargetForm target={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
    </section>
  );
}

/** A goal of a part of the funnel, as its document says. */
function GoalCard({ goal }: { goal: ClusterGoal }) {
  const { t, i18n } = useTranslation("team");
  const format = useFormat();
  const { metric, per } = goal.goal;
  const unit = metric === "leads" || metric === "sales" || metric === "revenue" ? t(`targets.metrics.${metric}`) : metric;
  const period = per === "month" || per === "quarter" || per === "year" ? t(`targets.periods.${per}`) : "";
  const of = (value: number) => format.decimal(value, 0);
  if (!goal.pace) return null;
  return <PaceCard title={textFor(goal.name, i18n.language) || goal.cluster} what={[unit, period, t("targets.fromFunnel")].filter(Boolean).join(" · ")} pace={goal.pace} amount={of(Number(goal.goal.value))} of={of} />;
}
