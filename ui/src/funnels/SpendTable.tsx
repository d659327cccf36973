import { Button, Skeleton, Table, Text, Title } from "@mantine/core";
import { IconCoins } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../api/queries";
import type { FunnelQuery } from "../api/types";
import { EmptyState } from "../components/EmptyState";
import { minorDigits } from "../components/MoneyInput";
import { QueryProblem } from "../components/QueryProblem";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { channelName } from "./document";
import classes from "./FunnelReport.module.css";
import { spendReportQuery, type Costs, type SpendReport } from "./spend";

interface Props {
  query: FunnelQuery;
  names: readonly string[];
  onWrite: () => void;
}

/** What a lead and a sale cost, by channel, below the numbers of people. */
export function SpendTable({ query, names, onWrite }: Props) {
  const { t } = useTranslation("funnels");
  const report = useQuery(spendReportQuery(query));
  const may = useMay();
  return (
    <section>
      <Title order={2} mb="xs">{t("spend.title")}</Title>
      {report.isError && !report.data ? (
        <QueryProblem error={report.error} onRetry={() => void report.refetch()} />
      ) : !report.data ? (
        <Skeleton height={240} radius="md" />
      ) : report.data.total.spend_minor === null && report.data.other_currencies.length === 0 ? (
        <EmptyState isCompact icon={IconCoins} title={t("spend.none")}
          actions={may("spend.write") && <Button variant="default" onClick={onWrite}>{t("spend.drawer.save")}</Button>} />
      ) : (
        <Report report={report.data} names={names} />
      )}
    </section>
  );
}

function Report({ report, names }: { report: SpendReport; names: readonly string[] }) {
  const { t, i18n } = useTranslation("funnels");
  const format = useFormat();
  const { data: funnels } = useQuery(funnelViewsQuery);
  const nameOf = (channel: string) => (channel ? channelName(channel, funnels?.items ?? [], i18n.language) : t("noValue"));
  const unit = format.money({ minor: 10 ** minorDigits(report.currency), currency: report.currency }, { whole: true });
  const heads = [t("spend.spend"), t("spend.leads"), t("spend.perLead"), t("spend.sales"), t("spend.perSale"), ...(report.has_revenue ? [t("spend.revenue"), t("spend.back", { unit })] : [])];
  const noon = (day: string) => `${day}T12:00:00Z`;
  const days = report.first_day && report.last_day ? format.dateRange(noon(report.first_day), noon(report.last_day)) : "–";
  const others = report.other_currencies.map(({ channel, amount }) => `${nameOf(channel)} ${format.money(amount)}`).join(", ");
  return (
    <>
      <div className={classes["scroll"]} tabIndex={0} role="region" aria-label={t("spend.title")}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("spend.channel")}</Table.Th>
              {heads.map((head) => <Table.Th key={head} ta="right">{head}</Table.Th>)}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            <CostRow name={t("spend.total")} costs={report.total} report={report} isTotal />
            {report.channels.map((row) => <CostRow key={row.channel} name={nameOf(row.channel)} costs={row} report={report} />)}
          </Table.Tbody>
        </Table>
      </div>
      <Text size="sm" c="dimmed" mt="sm" maw={720}>
        {t("spend.words", { lead: names[report.lead_step] ?? "", sale: names[report.sale_step] ?? "", days })}{" "}
        {t(report.has_revenue ? "spend.wordsRevenue" : "spend.noRevenue")}
      </Text>
      {others && <Text size="sm" mt={4} maw={720}>{t("spend.other", { list: others })}</Text>}
    </>
  );
}

interface RowProps {
  name: string;
  costs: Costs;
  report: SpendReport;
  isTotal?: boolean;
}

function CostRow({ name, costs, report, isTotal = false }: RowProps) {
  const format = useFormat();
  const money = (minor: number | null) => (minor === null ? "–" : format.money({ minor, currency: report.currency }, { whole: true }));
  return (
    <Table.Tr fw={isTotal ? 600 : undefined}>
      <Table.Th scope="row">{name}</Table.Th>
      <Table.Td ta="right">{money(costs.spend_minor)}</Table.Td>
      <Table.Td ta="right" c="dimmed">{format.integer(costs.leads)}</Table.Td>
      <Table.Td ta="right">{money(costs.cost_per_lead_minor)}</Table.Td>
      <Table.Td ta="right" c="dimmed">{format.integer(costs.sales)}</Table.Td>
      <Table.Td ta="right">{money(costs.cost_per_sale_minor)}</Table.Td>
      {report.has_revenue && <Table.Td ta="right">{money(costs.revenue_minor)}</Table.Td>}
      {report.has_revenue && <Table.Td ta="right">{costs.return_on_spend === null ? "–" : format.decimal(costs.return_on_spend)}</Table.Td>}
    </Table.Tr>
  );
}
