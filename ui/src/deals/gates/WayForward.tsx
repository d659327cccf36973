import { Anchor, Skeleton, Text, Title } from "@mantine/core";
import { IconLock, IconLockOpen } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { QueryProblem } from "../../components/QueryProblem";
import type { DealDetail } from "../api";
import { gatesQuery } from "./api";
import classes from "./Gates.module.css";

/** The stages that are still to come, and what each asks for. Nothing for a funnel without gates. */
export default function WayForward({ deal, onOpen }: { deal: DealDetail; onOpen: (stage: string) => void }) {
  const { t, i18n } = useTranslation("gates");
  const answer = useQuery(gatesQuery(deal.id, i18n.language));
  if (answer.isError && !answer.data) return <QueryProblem error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <Skeleton height={96} radius="md" />;
  const coming = answer.data.stages.filter(({ is_behind }) => !is_behind);
  if (coming.every(({ reasons }) => reasons.length === 0)) return null;
  // A later stage asks for all that the ones before it ask for: each thing is said once, where it is asked first.
  const said = new Set<string>();
  return (
    <section aria-label={t("wayForward")}>
      <Title order={3} size="h4" mb="xs">{t("wayForward")}</Title>
      <ol className={classes["way"]}>
        {coming.map((gate) => {
          const own = gate.reasons.filter(({ stage, reason }) => {
            const key = JSON.stringify([stage, reason]);
            return !said.has(key) && said.add(key);
          });
          return (
            <li key={gate.stage}>
              {gate.is_open ? <IconLockOpen size={16} stroke={1.5} aria-hidden /> : <IconLock size={16} stroke={1.5} aria-hidden />}
              <div>
                <Anchor component="button" type="button" size="sm" fw={550} c="inherit" onClick={() => onOpen(gate.stage)}>{gate.name}</Anchor>
                {gate.is_open && <Text component="div" size="xs" c="dimmed">{t("isOpen")}</Text>}
                {!gate.is_open && own.length === 0 && <Text component="div" size="xs" c="dimmed">{t("behindThose")}</Text>}
                {own.map(({ text }, index) => (
                  <Text key={index} component="div" size="xs" c="dimmed">{text}</Text>
                ))}
              </div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
