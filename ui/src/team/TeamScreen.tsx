import { Avatar, Button, Menu, Select, Skeleton, Stack, Text, Title, Tooltip, UnstyledButton } from "@mantine/core";
import { IconDownload, IconFileSpreadsheet, IconFileText, IconRoute, IconUsersGroup } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery, sessionQuery } from "../api/queries";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { PeriodPicker } from "../components/PeriodPicker";
import { QueryProblem } from "../components/QueryProblem";
import { useFormat } from "../i18n";
import { textFor } from "../localized";
import { comparedDays, dayAt, resolveDays, spanOf } from "../period";
import { teamsQuery } from "../routing/api";
import { useMay } from "../session/useMay";
import { fileAddress, reportQuery, type TeamAsk, type TeamReport, type TeamRow } from "./api";
import { columnsOf, Interval, useFigures } from "./figures";
import { PersonDrawer } from "./PersonDrawer";
import { parseTeam, type TeamSearch } from "./search";
import { TargetsPart } from "./TargetsPart";
import classes from "./Team.module.css";

/** What each person did and reached, and what they are to reach. A rep sees the own row. */
export function TeamScreen() {
  const { t } = useTranslation("team");
  const { data: session } = useQuery(sessionQuery);
  if (!session) return <PageHeader title={t("report.title")} />;
  return <Report zone={session.company?.timezone ?? "UTC"} />;
}

function Report({ zone }: { zone: string }) {
  const { t } = useTranslation(["team", "common"]);
  const search = parseTeam({ ...useSearch({ from: "/app/insights/team" }) });
  const navigate = useNavigate({ from: "/insights/team" });
  const may = useMay();
  const [nowMs] = useState(() => Date.now());
  const days = resolveDays(search, dayAt(nowMs, zone));
  const former = search.compare ? comparedDays(days, search.compare) : undefined;
  const also = { ...(search.funnel ? { funnel: search.funnel } : {}), ...(search.team ? { team: search.team } : {}) };
  const ask: TeamAsk = { ...spanOf(days, zone), ...also };
  const report = useQuery(reportQuery(ask));
  const before = useQuery(reportQuery(former ? { ...spanOf(former, zone), ...also } : null));
  const compared = former ? before.data : undefined;
  const change = (next: TeamSearch) => void navigate({ search: next, replace: true, resetScroll: false });
  const without = (key: keyof TeamSearch): TeamSearch => Object.fromEntries(Object.entries(search).filter(([name]) => name !== key));
  const opened = report.data?.rows.find((row) => row.user_id === search.person);
  return (
    <div>
      <PageHeader title={t("report.title")} lead={t(may("deals.all") ? "report.lead" : "report.leadOwn")} back={{ to: "/insights", label: t("common:nav.insights") }}
        actions={
          <>
            <Pickers search={search} onChange={change} without={without} />
            <PeriodPicker value={search} onChange={(period) => { const { funnel, team } = search; change({ ...period, ...(funnel ? { funnel } : {}), ...(team ? { team } : {}) }); }} days={days} comparedDays={former} />
            <Files ask={ask} />
          </>
        } />
      <TargetsPart funnel={search.funnel} />
      {report.isError && !report.data ? <QueryProblem error={report.error} onRetry={() => void report.refetch()} />
        : !report.data ? <Stack gap="md" mt="xl" aria-busy>{[40, 200, 200].map((height, index) => <Skeleton key={index} height={height} radius="lg" />)}</Stack>
        : report.data.rows.length === 0 ? <EmptyState icon={IconUsersGroup} title={t("report.nobody")} hint={t("report.nobodyHint")} actions={may("routing.write") && <Button component={Link} to="/settings/routing" leftSection={<IconRoute size={18} stroke={1.5} />}>{t("report.toRules")}</Button>} />
        : (
          <>
            <People report={report.data} before={compared} onOpen={(person) => change({ ...search, person })} />
            <Steps report={report.data} before={compared} />
          </>
        )}
      {opened && report.data && <PersonDrawer row={opened} stages={report.data.stages} days={days} zone={zone} also={also} onClose={() => change(without("person"))} />}
    </div>
  );
}

function Pickers({ search, onChange, without }: { search: TeamSearch; onChange: (search: TeamSearch) => void; without: (key: keyof TeamSearch) => TeamSearch }) {
  const { t, i18n } = useTranslation("team");
  const may = useMay();
  const { data: funnels } = useQuery(funnelViewsQuery);
  const { data: teams } = useQuery({ ...teamsQuery, enabled: may("deals.all") });
  const views = funnels?.items ?? [];
  return (
    <>
      {views.length > 1 && <Select w={200} aria-label={t("report.funnel")} allowDeselect={false} data={views.map(({ id, document }) => ({ value: id, label: textFor(document.title, i18n.language) }))} value={search.funnel ?? views[0]?.id ?? null} onChange={(funnel) => funnel && onChange({ ...search, funnel })} />}
      {may("deals.all") && (teams?.items.length ?? 0) > 0 && (
        <Select w={180} aria-label={t("report.team")} placeholder={t("report.everybody")} clearable data={(teams?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))} value={search.team ?? null}
          onChange={(team) => onChange(team ? { ...search, team } : without("team"))} />
      )}
    </>
  );
}

function Files({ ask }: { ask: TeamAsk }) {
  const { t } = useTranslation("team");
  return (
    <Menu>
      <Menu.Target><Button variant="default" leftSection={<IconDownload size={18} stroke={1.5} />}>{t("report.export")}</Button></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={fileAddress(ask, "xlsx")} download leftSection={<IconFileSpreadsheet size={16} stroke={1.5} />}>{t("report.asExcel")}</Menu.Item>
        <Menu.Item component="a" href={fileAddress(ask, "csv")} download leftSection={<IconFileText size={16} stroke={1.5} />}>{t("report.asCsv")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Name({ row, onOpen }: { row: TeamRow; onOpen: (person: string) => void }) {
  const { t } = useTranslation("team");
  if (!row.user_id) return <Text span size="sm" c="dimmed">{t("report.noOwner")}</Text>;
  const { user_id } = row;
  return <UnstyledButton className={classes["person"] ?? ""} onClick={() => onOpen(user_id)}><Avatar name={row.name} color="fjord" size={28} radius="xl" alt="" aria-hidden /><span>{row.name}</span></UnstyledButton>;
}

function People({ report, before, onOpen }: { report: TeamReport; before: TeamReport | undefined; onOpen: (person: string) => void }) {
  const { t } = useTranslation("team");
  const figures = useFigures();
  const columns = columnsOf(t, figures);
  const formerOf = (row: TeamRow) => before?.rows.find((other) => other.user_id === row.user_id);
  return (
    <section className={classes["section"]} aria-label={t("report.people")}>
      <div className={classes["sectionHead"]}><Title order={2} size="h3">{t("report.people")}</Title></div>
      <div className={classes["scroll"]} tabIndex={0} role="region" aria-label={t("report.people")}>
        <table className={`${classes["table"] ?? ""} ${classes["people"] ?? ""}`}>
          <thead>
            <tr>
              <th scope="col">{t("report.person")}</th>
              {columns.map(({ key, label, hint }) => <th key={key} scope="col"><Tooltip label={hint} multiline w={260}><span className={classes["head"]} tabIndex={0}>{label}</span></Tooltip></th>)}
            </tr>
          </thead>
          <tbody>
            {report.rows.map((row) => (
              <tr key={row.user_id ?? "nobody"}>
                <th scope="row"><Name row={row} onOpen={onOpen} /></th>
                {columns.map(({ key, label, cell }) => <td key={key} data-label={label}>{cell(row, formerOf(row))}</td>)}
              </tr>
            ))}
          </tbody>
          {report.rows.length > 1 && (
            <tfoot><tr><th scope="row">{t("report.all")}</th>{columns.map(({ key, cell }) => <td key={key}>{cell(report.total, before?.total)}</td>)}</tr></tfoot>
          )}
        </table>
      </div>
    </section>
  );
}

/** Who goes on from which step, with how sure that is. */
function Steps({ report, before }: { report: TeamReport; before: TeamReport | undefined }) {
  const { t, i18n } = useTranslation("team");
  const format = useFormat();
  const shown = report.stages.flatMap((stage, index) => (report.total.steps[index]?.entered ? [{ stage, index }] : []));
  if (shown.length === 0) return null;
  const all = report.rows.length > 1 ? [{ key: "all", name: t("report.all"), steps: report.total.steps, former: before?.total.steps }] : [];
  const rows = [...report.rows.map((row) => ({ key: row.user_id ?? "nobody", name: row.user_id ? row.name : t("report.noOwner"), steps: row.steps, former: before?.rows.find((other) => other.user_id === row.user_id)?.steps })), ...all];
  return (
    <section className={classes["section"]} aria-label={t("report.steps")}>
      <div className={classes["sectionHead"]}>
        <div><Title order={2} size="h3">{t("report.steps")}</Title><Text size="sm" c="dimmed" maw={720}>{t("report.stepsHint")}</Text></div>
      </div>
      <div className={classes["scroll"]} tabIndex={0} role="region" aria-label={t("report.steps")}>
        <table className={classes["table"]}>
          <thead><tr><th scope="col">{t("report.person")}</th>{shown.map(({ stage }) => <th key={stage.id} scope="col">{textFor(stage.name, i18n.language) || stage.id}</th>)}</tr></thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                <th scope="row">{row.name}</th>
                {shown.map(({ stage, index }) => {
                  const step = row.steps[index];
                  const former = row.former?.[index];
                  return (
                    <td key={stage.id}>
                      {step && step.entered > 0 ? (
                        <>
                          <span>{format.percent(step.share)}</span>
                          <span className={classes["under"]}>{t("report.wentOn", { on: format.integer(step.went_on), of: format.integer(step.entered) })}</span>
                          <Interval share={step.share} low={step.low} high={step.high} />
                          {former?.share != null && step.share !== null && <span className={classes["under"]}>{t("report.before", { value: format.percent(former.share) })}</span>}
                        </>
                      ) : <Text span c="dimmed">–</Text>}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
