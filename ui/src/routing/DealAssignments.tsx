import { Alert, Button, Text, Title } from "@mantine/core";
import { IconClock, IconRoute, IconUserCheck } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { toastError } from "../components/problem";
import { DEALS, usersQuery, type DealDetail } from "../deals/api";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { assignmentsQuery, assignNow, type Assignment } from "./api";
import classes from "./Routing.module.css";

/** Who has a deal and why, and who had it before. Nothing to tell is nothing shown. */
export function DealAssignments({ deal }: { deal: DealDetail }) {
  const { t } = useTranslation("team");
  const format = useFormat();
  const may = useMay();
  const queries = useQueryClient();
  const { data } = useQuery(assignmentsQuery(deal.id));
  const assign = useMutation({ mutationFn: () => assignNow(deal.id), onError: toastError, onSettled: () => queries.invalidateQueries({ queryKey: DEALS }) });
  const canAsk = may("routing.write") && deal.status === "open" && deal.owner_id === null;
  if (!data || (data.items.length === 0 && !data.waits_for && !canAsk)) return null;
  return (
    <section aria-label={t("given.title")}>
      <Title order={3} size="h4" mb="xs">{t("given.title")}</Title>
      {data.waits_for && <Alert color="gray" icon={<IconClock size={18} stroke={1.5} />} mb="xs">{t("given.waits", { rule: data.waits_for })}{data.waits_until && ` ${t("given.until", { date: format.date(data.waits_until, "datetime") })}`}</Alert>}
      {canAsk && <Button size="sm" variant="default" mb="xs" loading={assign.isPending} leftSection={<IconRoute size={16} stroke={1.5} />} onClick={() => assign.mutate()}>{t("given.ask")}</Button>}
      <ol className={classes["had"]}>{data.items.map((item, index) => <Had key={index} item={item} />)}</ol>
    </section>
  );
}

function Had({ item }: { item: Assignment }) {
  const { t } = useTranslation("team");
  const format = useFormat();
  const { data: users } = useQuery(usersQuery);
  const nameOf = (id: string | null) => users?.items.find((user) => user.id === id)?.name ?? t("given.somebody");
  const { reason } = item;
  const why = item.rule_name
    ? [t("given.byRule", { rule: item.rule_name }), reason?.is_late ? t("given.late") : reason?.is_fallback ? t("given.fallback") : reason?.by ? t(`given.by.${reason.by}`, { count: reason.there }) : null]
    : [item.actor === item.user_id ? t("given.byThemselves") : t("given.byPerson", { name: item.actor.startsWith("usr_") ? nameOf(item.actor) : t("given.program") })];
  const answer = item.answered_after_ms !== null ? t(item.is_late ? "given.answeredLate" : "given.answered", { time: format.duration(item.answered_after_ms / 1000) })
    : item.is_late ? t("given.notAnswered")
    : item.answer_due_at && !item.ended_at ? t("given.answerBy", { date: format.date(item.answer_due_at, "datetime") }) : null;
  return (
    <li>
      <IconUserCheck size={16} stroke={1.5} aria-hidden />
      <div>
        <Text component="div" size="sm" fw={item.ended_at ? 400 : 550}>{nameOf(item.user_id)}</Text>
        <Text component="div" size="xs" c="dimmed">{why.filter(Boolean).join(" · ")}</Text>
        {answer && <Text component="div" size="xs" c={item.is_late ? "red" : "dimmed"}>{answer}</Text>}
        <Text component="div" size="xs" c="dimmed"><time dateTime={item.at}>{format.date(item.at, "datetime")}</time>{item.ended_at && <> – <time dateTime={item.ended_at}>{format.date(item.ended_at, "datetime")}</time></>}</Text>
      </div>
    </li>
  );
}
