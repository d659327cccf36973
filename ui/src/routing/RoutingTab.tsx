import { ActionIcon, Badge, Button, Group, Menu, Stack, Text } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconDots, IconPencil, IconPlayerPause, IconPlayerPlay, IconPlus, IconRoute, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../api/queries";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { EmptyState } from "../components/EmptyState";
import { toastError } from "../components/problem";
import { Section } from "../components/Section";
import { usersQuery } from "../deals/api";
import { stageName } from "../funnels/document";
import { useFormat } from "../i18n";
import { textFor } from "../localized";
import { useMay } from "../session/useMay";
import { Loaded } from "../settings/Loaded";
import { deleteRule, orderRules, ROUTING, rulesQuery, saveRule, teamsQuery, type Rule } from "./api";
import { HoursPart } from "./HoursPart";
import classes from "./Routing.module.css";
import { draftOf, minutesAs } from "./rule";
import { RuleForm } from "./RuleForm";
import { TeamsPart } from "./TeamsPart";

/** Who gets which deals: the rules in their order, the teams, and when people work. */
export default function RoutingTab() {
  const { t } = useTranslation("team");
  const may = useMay();
  const rules = useQuery({ ...rulesQuery, enabled: may("routing.read") });
  return (
    <Stack gap="xl">
      {may("routing.read") && <Loaded query={rules}>{({ items }) => <Rules rules={items} title={t("rules.title")} />}</Loaded>}
      <TeamsPart />
      <HoursPart />
    </Stack>
  );
}

function Rules({ rules, title }: { rules: readonly Rule[]; title: string }) {
  const { t } = useTranslation(["team", "common"]);
  const may = useMay();
  const queries = useQueryClient();
  const [editing, setEditing] = useState<Rule | "new" | null>(null);
  const [deleting, setDeleting] = useState<Rule | null>(null);
  const canChange = may("routing.write");
  const refresh = () => queries.invalidateQueries({ queryKey: ROUTING });
  const order = useMutation({ mutationFn: orderRules, onError: toastError, onSettled: refresh });
  const change = useMutation({ mutationFn: (rule: Rule) => saveRule({ ...draftOf(rule), is_active: !rule.is_active }, rule), onError: toastError, onSettled: refresh });
  const remove = useMutation({ mutationFn: (rule: Rule) => deleteRule(rule.id), onError: toastError, onSuccess: () => setDeleting(null), onSettled: refresh });
  const items = order.isPending ? order.variables.flatMap((id) => rules.find((rule) => rule.id === id) ?? []) : rules;
  const move = (id: string, to: number) => {
    const ids = items.map((rule) => rule.id).filter((one) => one !== id);
    ids.splice(to, 0, id);
    order.mutate(ids);
  };
  const add = canChange && <Button leftSection={<IconPlus size={18} stroke={1.5} />} onClick={() => setEditing("new")}>{t("rules.add")}</Button>;
  return (
    <Section title={title} hint={t("rules.hint")} actions={items.length > 0 && add}>
      {items.length === 0 ? <EmptyState isCompact icon={IconRoute} title={t("rules.none")} hint={t("rules.noneHint")} actions={add} /> : (
        <ol className={classes["rules"]}>
          {items.map((rule, index) => (
            <li key={rule.id} className={classes["rule"]} data-off={!rule.is_active || undefined}>
              <span className={classes["number"]} aria-hidden>{index + 1}</span>
              <RuleTold rule={rule} />
              {canChange && (
                <Group gap={0} wrap="nowrap">
                  <ActionIcon aria-label={t("rules.up", { name: rule.name })} disabled={index === 0} onClick={() => move(rule.id, index - 1)}><IconArrowUp size={16} stroke={1.5} /></ActionIcon>
                  <ActionIcon aria-label={t("rules.down", { name: rule.name })} disabled={index === items.length - 1} onClick={() => move(rule.id, index + 1)}><IconArrowDown size={16} stroke={1.5} /></ActionIcon>
                  <Menu>
                    <Menu.Target><ActionIcon aria-label={t("rules.more", { name: rule.name })}><IconDots size={16} /></ActionIcon></Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item leftSection={<IconPencil size={16} stroke={1.5} />} onClick={() => setEditing(rule)}>{t("edit")}</Menu.Item>
                      <Menu.Item leftSection={rule.is_active ? <IconPlayerPause size={16} stroke={1.5} /> : <IconPlayerPlay size={16} stroke={1.5} />} onClick={() => change.mutate(rule)}>{t(rule.is_active ? "rules.rest" : "rules.wake")}</Menu.Item>
                      <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={() => setDeleting(rule)}>{t("common:actions.delete")}</Menu.Item>
                    </Menu.Dropdown>
                  </Menu>
                </Group>
              )}
            </li>
          ))}
        </ol>
      )}
      {editing && <RuleForm rule={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      <ConfirmDialog isOpen={deleting !== null} isHarmful title={t("rules.deleteAsk", { name: deleting?.name })} confirm={t("common:actions.delete")} isBusy={remove.isPending} onConfirm={() => deleting && remove.mutate(deleting)} onCancel={() => setDeleting(null)}>
        {t("rules.deleteText")}
      </ConfirmDialog>
    </Section>
  );
}

/** A rule in two lines: for what, and who. */
function RuleTold({ rule }: { rule: Rule }) {
  const { t, i18n } = useTranslation("team");
  const format = useFormat();
  const { data: funnels } = useQuery(funnelViewsQuery);
  const { data: teams } = useQuery(teamsQuery);
  const { data: users } = useQuery(usersQuery);
  const nameOf = (id: string) => users?.items.find((user) => user.id === id)?.name ?? "…";
  const funnel = funnels?.items.find(({ id }) => id === rule.funnel_id);
  const stage = funnel?.document.stages.find(({ id }) => id === rule.stage);
  const team = teams?.items.find(({ id }) => id === rule.team_id);
  const people = (rule.people ?? []).map(nameOf);
  const who = [...(team ? [team.name] : []), ...(people.length > 3 ? [t("rules.people", { count: people.length })] : people)].join(", ");
  const occasion = rule.stage ? t("rules.onStage", { stage: stage ? stageName(stage, i18n.language) : rule.stage }) : t("rules.onOpen");
  const where = [occasion, funnel && (funnels?.items.length ?? 0) > 1 ? textFor(funnel.document.title, i18n.language) : null, rule.condition ? t("rules.withCondition") : null];
  const limit = rule.answer ? minutesAs(rule.answer.within_minutes) : null;
  const how = [
    rule.choose_by === "person" ? t("rules.to", { who }) : t(`rules.by.${rule.choose_by}`, { who }),
    rule.in_hours ? t("rules.atWork") : null,
    rule.deals_max ? t("rules.most", { count: rule.deals_max }) : null,
    limit ? t("rules.answer", { time: format.duration(rule.answer ? rule.answer.within_minutes * 60 : 0) }) : null,
  ];
  return (
    <div className={classes["told"]}>
      <Group gap={8}><Text span fw={550}>{rule.name}</Text>{!rule.is_active && <Badge color="gray" variant="outline">{t("rules.resting")}</Badge>}</Group>
      <Text size="sm">{where.filter(Boolean).join(" · ")}</Text>
      <Text size="sm" c="dimmed">{how.filter(Boolean).join(" · ")}</Text>
    </div>
  );
}
