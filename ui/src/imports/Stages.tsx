import { Select, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../api/queries";
import { stageName } from "../funnels/document";
import { useFormat } from "../i18n";
import type { Mapping, StageName } from "./api";
import { withStage } from "./mapping";
import classes from "./results.module.css";

interface Props {
  stages: readonly StageName[];
  mapping: Mapping;
  onChange: (mapping: Mapping) => void;
}

/** What the stages of a file of deals are called with us; those that no stage is called stand first. */
export function Stages({ stages, mapping, onChange }: Props) {
  const { t, i18n } = useTranslation("imports");
  const format = useFormat();
  const { data } = useQuery(funnelViewsQuery);
  if (mapping.kind !== "deals" || stages.length === 0) return null;
  const optionsOf = (funnelId: string | null) => [
    ...(data?.items.find(({ id }) => id === funnelId)?.document.stages ?? []).map((stage) => ({ value: stage.id, label: stageName(stage, i18n.language) })),
    { value: "won", label: t("stageWon") },
    { value: "lost", label: t("stageLost") },
  ];
  return (
    <section aria-label={t("stages")}>
      <Title order={2} size="h3" mb={4}>{t("stages")}</Title>
      <Text size="sm" c="dimmed" mb="sm">{t("stagesHint")}</Text>
      <Table className={classes["stages"]} aria-label={t("stages")}>
        <Table.Thead><Table.Tr><Table.Th>{t("stageInFile")}</Table.Th><Table.Th>{t("stageWithUs")}</Table.Th><Table.Th ta="right" visibleFrom="sm">{t("inFirstRows")}</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {stages.map(({ name, funnel_id: funnelId, means, rows }) => (
            <Table.Tr key={name}>
              <Table.Td><Text size="sm" fw={550} style={{ overflowWrap: "anywhere" }}>{name}</Text></Table.Td>
              <Table.Td>
                <Select aria-label={t("stageMeaning", { stage: name })} maw={240} allowDeselect={false} placeholder={t("stageChoose")} value={mapping.stage_names?.[name] ?? means} data={optionsOf(funnelId)} disabled={funnelId === null}
                  error={funnelId === null ? t("noSuchFunnel") : means === null && !mapping.stage_names?.[name]} onChange={(stage) => stage && onChange(withStage(mapping, name, stage))} />
              </Table.Td>
              <Table.Td ta="right" className="figures" visibleFrom="sm">{format.integer(rows)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
