import { Anchor, Button, Select, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconBook2, IconSunHigh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import activities from "../activities/Activities.module.css";
import { CallButton, CallHost } from "../activities/CallButton";
import type { Activity } from "../activities/api";
import { PlannedItem } from "../activities/PlannedItem";
import { funnelViewsQuery, sessionQuery } from "../api/queries";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { QueryProblem } from "../components/QueryProblem";
import { usersQuery, type Deal } from "../deals/api";
import { StageLabel } from "../deals/StageLabel";
import { useNow } from "../home/useNow";
import { loadTexts, useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { todayQuery, type QuietDeal, type Today, type WaitingLead } from "./api";
import { Notice } from "./Notice";
import classes from "./TodayScreen.module.css";

const TargetsHere = lazy(async () => {
  const [screen] = await Promise.all([import("../team/TargetsHere"), loadTexts("team")]);
  return screen;
});

const MINUTE_MS = 60_000;
/** Of each part at first: what is due must not lie below a hundred leads. */
const SHOWN_MAX = 5;

/** The day of a salesperson, from the top down: who waits, what is due, what lies still. */
export function TodayScreen() {
  const { t } = useTranslation("today");
  const format = useFormat();
  const may = useMay();
  const now = useNow(MINUTE_MS);
  const navigate = useNavigate();
  const { user = null } = useSearch({ from: "/app/today" });
  const { data: session } = useQuery(sessionQuery);
  const { data: users } = useQuery({ ...usersQuery, enabled: may("deals.all") });
  const today = useQuery(todayQuery(user));
  const done = today.data?.done ?? 0;
  const others = (users?.items ?? []).filter(({ is_active }) => is_active);
  return (
    <CallHost>
      <div>
      <PageHeader title={t("title")} lead={`${format.date(now, "weekday")}${done > 0 ? ` · ${t("done", { count: done })}` : ""}`}
        actions={
          <>
            {may("deals.all") && others.length > 1 && (
              <Select aria-label={t("whose")} w={200} value={user ?? session?.user?.id ?? null} data={others.map(({ id, name }) => ({ value: id, label: name }))}
                onChange={(id) => void navigate({ to: "/today", search: id && id !== session?.user?.id ? { user: id } : {} })} />
            )}
            <Button component={Link} to="/playbooks" variant="default" leftSection={<IconBook2 size={18} stroke={1.5} />}>{t("salesBook")}</Button>
          </>
        } />
      <Suspense><TargetsHere user={user ?? undefined} /></Suspense>
      {today.isError && !today.data ? (
        <QueryProblem error={today.error} onRetry={() => void today.refetch()} />
      ) : !today.data ? (
        <Stack gap="md">{[120, 160, 120].map((height, index) => <Skeleton key={index} height={height} radius="lg" />)}</Stack>
      ) : isCaughtUp(today.data) ? (
        <EmptyState icon={IconSunHigh} title={t("caughtUp")} hint={done > 0 ? t("caughtUpDone", { count: done }) : t("caughtUpHint")} actions={<Button component={Link} to="/deals" variant="default">{t("toDeals")}</Button>} />
      ) : (
        <Day today={today.data} />
      )}
      </div>
    </CallHost>
  );
}

const isCaughtUp = (today: Today): boolean =>
  [today.overdue, today.due, today.meetings, today.leads, today.quiet, today.mentions].every((part) => part.length === 0);

function Day({ today }: { today: Today }) {
  const { t } = useTranslation("today");
  return (
    <div className={classes["columns"]}>
      <div className={classes["column"]}>
        <Part title={t("leads")} hint={t("leadsHint")} count={today.leads_total}>{today.leads.map((lead) => <LeadRow key={lead.deal.id} lead={lead} />)}</Part>
        <Part title={t("overdue")} count={today.overdue.length} isPressing>{today.overdue.map((activity) => <Planned key={activity.id} activity={activity} />)}</Part>
        <Part title={t("meetings")} count={today.meetings.length}>{today.meetings.map((activity) => <Planned key={activity.id} activity={activity} />)}</Part>
        <Part title={t("due")} count={today.due.length}>{today.due.map((activity) => <Planned key={activity.id} activity={activity} />)}</Part>
      </div>
      <div className={classes["column"]}>
        <Part title={t("mentions")} count={today.mentions.length}>{today.mentions.map((notification) => <li key={notification.id} className={classes["row"]}><Notice notification={notification} /></li>)}</Part>
        <Part title={t("quiet")} hint={t("quietHint")} count={today.quiet_total}>{today.quiet.map((quiet) => <QuietRow key={quiet.deal.id} quiet={quiet} />)}</Part>
      </div>
    </div>
  );
}

/** A part of the day; nothing in it is no part. */
function Part({ title, hint, count, isPressing = false, children }: { title: string; hint?: string; count: number; isPressing?: boolean; children: readonly ReactNode[] }) {
  const { t } = useTranslation("today");
  const format = useFormat();
  const [isWhole, setIsWhole] = useState(false);
  if (count === 0) return null;
  const hidden = isWhole ? 0 : children.length - SHOWN_MAX;
  return (
    <section className={classes["part"]} aria-label={title}>
      <div className={classes["partHead"]}>
        <Title order={2} size="h3">{title}</Title>
        <span className={classes["count"]} data-pressing={isPressing || undefined}>{format.integer(count)}</span>
      </div>
      {hint && <Text size="xs" c="dimmed" mb={4}>{hint}</Text>}
      <ul className={activities["list"]}>{hidden > 0 ? children.slice(0, SHOWN_MAX) : children}</ul>
      {hidden > 0 && <Button fullWidth variant="subtle" color="gray" size="sm" mb={6} onClick={() => setIsWhole(true)}>{t("showMore", { count: hidden })}</Button>}
    </section>
  );
}

function Planned({ activity }: { activity: Activity }) {
  const may = useMay();
  const canCall = may("activities.write") && activity.kind === "task" && activity.contact_id !== null && (activity.details.task_type === "call" || activity.contact_phone !== "");
  return (
    <PlannedItem activity={activity} showsRecord
      actions={canCall && <CallButton size="sm" variant="light" callee={{ name: activity.contact_name, phone: activity.contact_phone, contact_id: activity.contact_id, deal_id: activity.deal_id, ...(activity.details.task_type === "call" ? { task_id: activity.id } : {}) }} />} />
  );
}

const calleeOf = (deal: Deal, phone: string) => ({ name: deal.contact_name, phone, contact_id: deal.contact_id, deal_id: deal.id });

function LeadRow({ lead }: { lead: WaitingLead }) {
  const { t } = useTranslation("today");
  const format = useFormat();
  const now = useNow(MINUTE_MS);
  const waits = format.duration(Math.max(60, (now - Date.parse(lead.since)) / 1000));
  const due = lead.deal.answer_due_at;
  const limit = due && t(Date.parse(due) <= now ? "answerLate" : "answerDue", { ago: format.ago(due, now) });
  return <DealRow deal={lead.deal} phone={lead.phone} aside={<><strong className={classes["waits"]}>{t("waits", { time: waits })}</strong>{limit && ` · ${limit}`}</>} />;
}

function QuietRow({ quiet }: { quiet: QuietDeal }) {
  const { t } = useTranslation("today");
  const why = quiet.reason === "over_time" ? t("overTime", { count: quiet.days, max: quiet.days_max }) : t("noActivity", { count: quiet.days });
  return <DealRow deal={quiet.deal} phone={quiet.phone} aside={why} />;
}

function DealRow({ deal, phone, aside }: { deal: Deal; phone: string; aside: ReactNode }) {
  const format = useFormat();
  const may = useMay();
  const { data: funnels } = useQuery(funnelViewsQuery);
  return (
    <li className={classes["row"]}>
      <div className={classes["rowText"]}>
        <Anchor component={Link} to={`/deals?deal=${deal.id}`} size="sm" fw={550} c="inherit">{deal.title}</Anchor>
        <Text component="div" size="xs" c="dimmed">{aside}</Text>
        <Text component="div" size="xs" c="dimmed" className={classes["stage"] ?? ""}><StageLabel deal={deal} funnels={funnels?.items ?? []} />{deal.value.minor > 0 && <span className="figures">{format.money(deal.value)}</span>}</Text>
      </div>
      {may("activities.write") && <CallButton size="sm" variant="light" callee={calleeOf(deal, phone)} />}
    </li>
  );
}
