import { Badge, Button, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconFilterPlus, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../api/queries";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { QueryProblem } from "../components/QueryProblem";
import { useFormat } from "../i18n";
import { textFor } from "../localized";
import { useMay } from "../session/useMay";
import { draftsQuery, summaryQuery, type DraftSummary, type FindingSummary } from "./api";
import classes from "./Designs.module.css";
import { StagesPicture } from "./StagesPicture";
import { stageName, type FunnelView } from "../funnels/document";

/** The funnels that run and those that are being designed. */
export function DesignsScreen() {
  const { t } = useTranslation(["designs", "common"]);
  const may = useMay();
  const funnels = useQuery(funnelViewsQuery);
  const drafts = useQuery(draftsQuery);
  const summary = useQuery(summaryQuery);
  const add = may("funnels.write") && <Button component={Link} to="/funnels/design/new" leftSection={<IconPlus size={18} stroke={1.5} />}>{t("list.add")}</Button>;
  const fresh = (drafts.data?.items ?? []).filter(({ is_running }) => !is_running);
  return (
    <div>
      <PageHeader title={t("title")} lead={t("lead")} back={{ to: "/funnels", label: t("common:nav.funnels") }} actions={add} />
      {funnels.isError && !funnels.data ? (
        <QueryProblem error={funnels.error} onRetry={() => void funnels.refetch()} />
      ) : !funnels.data ? (
        <Stack>{[1, 2].map((one) => <Skeleton key={one} height={112} radius="md" />)}</Stack>
      ) : funnels.data.items.length === 0 && fresh.length === 0 ? (
        <EmptyState icon={IconFilterPlus} title={t("list.none")} hint={t("list.noneHint")} actions={add} />
      ) : (
        <ul className={classes["designs"]}>
          {funnels.data.items.map((funnel) => (
            <RunningRow key={funnel.id} funnel={funnel} draft={drafts.data?.items.find(({ funnel_id }) => funnel_id === funnel.id)} summary={summary.data?.items.find(({ funnel_id }) => funnel_id === funnel.id)} />
          ))}
          {fresh.map((draft) => <DraftRow key={draft.funnel_id} draft={draft} />)}
        </ul>
      )}
    </div>
  );
}

function RunningRow({ funnel, draft, summary }: { funnel: FunnelView; draft: DraftSummary | undefined; summary: FindingSummary | undefined }) {
  const { t, i18n } = useTranslation("designs");
  const format = useFormat();
  const { document } = funnel;
  return (
    <li>
      <Link to="/funnels/design/$funnelId" params={{ funnelId: funnel.id }} className={classes["design"]}>
        <StagesPicture names={document.stages.map((stage) => stageName(stage, i18n.language))} />
        <div className={classes["designWords"]}>
          <Title order={2} size="h4">{textFor(document.title, i18n.language) || document.id}</Title>
          <Text size="sm" c="dimmed">{t("list.runs", { version: funnel.version, date: format.date(funnel.updated_at, "date") })}</Text>
          {draft && <Text size="sm" c="dimmed">{t("list.draft", { name: draft.updated_by, date: format.date(draft.updated_at, "datetime") })}</Text>}
        </div>
        {summary && <FindingBadges summary={summary} />}
      </Link>
    </li>
  );
}

/** How many findings the nightly check has, and what the dearest costs. */
function FindingBadges({ summary }: { summary: FindingSummary }) {
  const { t } = useTranslation("designs");
  const format = useFormat();
  const count = summary.errors + summary.warnings + summary.advice;
  return (
    <div className={classes["badges"]}>
      {summary.new > 0 && <Badge color="fjord">{t("list.new", { count: summary.new })}</Badge>}
      <Badge color={summary.errors > 0 ? "red" : summary.warnings > 0 ? "yellow" : "gray"}>{t("list.findings", { count })}</Badge>
      {summary.cost_per_month && <Text size="xs" c="dimmed">{t("findings.cost", { cost: format.money(summary.cost_per_month, { whole: true }) })}</Text>}
    </div>
  );
}

function DraftRow({ draft }: { draft: DraftSummary }) {
  const { t, i18n } = useTranslation("designs");
  const format = useFormat();
  return (
    <li>
      <Link to="/funnels/design/$funnelId" params={{ funnelId: draft.funnel_id }} className={classes["design"]}>
        <StagesPicture names={Array.from({ length: draft.stages }, () => "")} />
        <div className={classes["designWords"]}>
          <Title order={2} size="h4">{textFor(draft.title, i18n.language) || draft.slug}</Title>
          <Text size="sm" c="dimmed">{t("list.draft", { name: draft.updated_by, date: format.date(draft.updated_at, "datetime") })}</Text>
        </div>
        <div className={classes["badges"]}><Badge color="gray">{t("list.neverRan")}</Badge></div>
      </Link>
    </li>
  );
}
