import { Anchor, Button, Skeleton, Text, Title } from "@mantine/core";
import { IconActivity, IconChevronRight, IconFilter } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { funnelsQuery, homeQuery, sessionQuery } from "../api/queries";
import type { FunnelAnswer, Home, Totals } from "../api/types";
import { FunnelPicture, FunnelPictureSkeleton } from "../charts/FunnelPicture";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { QueryProblem } from "../components/QueryProblem";
import type { Format } from "../format";
import { loadTexts, useFormat } from "../i18n";
import classes from "./HomeScreen.module.css";
import { LiveSign } from "./LiveSign";
import { useLive } from "./useLive";
import { useNow } from "./useNow";

/** Insights are no part of the first load: they come when the rest is drawn. */
const Feed = lazy(async () => ({ default: (await import("./Feed")).Feed }));
const FindingsNotice = lazy(async () => ({ default: (await import("../designs/NewFindings")).FindingsNotice }));
const TargetsHere = lazy(async () => {
  const [screen] = await Promise.all([import("../team/TargetsHere"), loadTexts("team")]);
  return screen;
});
const PinnedBoards = lazy(async () => {
  const [screen] = await Promise.all([import("../insights/boards/PinnedBoards"), loadTexts("insights", "funnels")]);
  return screen;
});

const MINUTE_MS = 60_000;

export function HomeScreen() {
  const { t } = useTranslation("home");
  const format = useFormat();
  const home = useQuery(homeQuery);
  const { data: session } = useQuery(sessionQuery);
  const now = useNow(MINUTE_MS);
  const isConnected = useLive();
  return (
    <div>
      <PageHeader title={session?.company?.name ?? t("title")} lead={format.date(now, "weekday")} actions={<LiveSign isConnected={isConnected} />} />
      {home.isError && !home.data ? (
        <QueryProblem error={home.error} onRetry={() => void home.refetch()} />
      ) : (
        <>
          <Suspense><FindingsNotice /></Suspense>
          <Today home={home.data} />
          <Suspense><TargetsHere user={undefined} withCompany /></Suspense>
          <div className={classes["columns"]}>
            <FunnelPanel funnel={home.data?.funnel} />
            <section className={classes["panel"]} aria-label={t("latest")}>
              <Title order={2} mb="md">{t("latest")}</Title>
              {home.data && home.data.recent.length === 0 ? (
                <EmptyState isCompact icon={IconActivity} title={t("nothingYet")} hint={t("nothingYetHint")} />
              ) : (
                <Suspense fallback={<Skeleton h={240} />}><Feed items={home.data?.recent} /></Suspense>
              )}
            </section>
          </div>
          <Suspense><PinnedBoards /></Suspense>
        </>
      )}
    </div>
  );
}

interface Figure {
  key: "visitors" | "leads" | "orders" | "revenue";
  size: (totals: Totals) => number;
  write: (totals: Totals, format: Format) => string;
}

const FIGURES: readonly Figure[] = [
  ...(["visitors", "leads", "orders"] as const).map(
    (key): Figure => ({ key, size: (totals) => totals[key], write: (totals, format) => format.integer(totals[key]) }),
  ),
  { key: "revenue", size: (totals) => totals.revenue.minor, write: (totals, format) => format.money(totals.revenue, { whole: true }) },
];

function Today({ home }: { home: Home | undefined }) {
  const { t } = useTranslation("home");
  const format = useFormat();
  return (
    <dl className={classes["today"]}>
      {FIGURES.map(({ key, size, write }) => {
        const change = home && format.change(size(home.today), size(home.yesterday_same_time));
        const grew = home && size(home.today) > size(home.yesterday_same_time);
        return (
          <div key={key} className={classes["figure"]}>
            <dt>
              {t(key)} <span>{t("today")}</span>
            </dt>
            <dd>
              <div className={classes["value"]}>
                {home ? write(home.today, format) : <Skeleton height={28} width={96} my={6} />}
                {change && <span className={classes["change"]} data-grew={grew || undefined}>{change}</span>}
              </div>
              <div className={classes["yesterday"]}>
                {!home ? <Skeleton height={10} width={140} my={4} />
                  : size(home.yesterday_same_time) === 0 ? t("noneYesterday")
                  : t("yesterdaySameTime", { value: write(home.yesterday_same_time, format) })}
              </div>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function FunnelPanel({ funnel }: { funnel: FunnelAnswer | undefined }) {
  const { t } = useTranslation(["home", "common"]);
  const navigate = useNavigate();
  const { data: funnels } = useQuery(funnelsQuery);
  // The answer's own names are the company's; the reader's language has others.
  const names = funnels?.items[0]?.stages.map(({ name }) => name);
  return (
    <section className={classes["panel"]} aria-label={t("funnel")}>
      <div className={classes["panelHead"]}>
        <Title order={2}>{t("funnel")} <Text component="span" c="dimmed" size="sm" fw={400} ml={8}>{t("common:period.30d")}</Text></Title>
        <Anchor component={Link} to="/funnels" size="sm" fw={550} className={classes["more"]}>
          {t("openReport")} <IconChevronRight size={16} aria-hidden />
        </Anchor>
      </div>
      {!funnel ? (
        <FunnelPictureSkeleton />
      ) : (funnel.counts[0] ?? 0) === 0 ? (
        <EmptyState icon={IconFilter} title={t("noFunnel")} hint={t("noFunnelHint")}
          actions={
            <>
              <Button component={Link} to="/pages">{t("toPages")}</Button>
              <Button component={Link} to="/imports" variant="default">{t("toImports")}</Button>
            </>
          } />
      ) : (
        <FunnelPicture answer={funnel} names={names?.length === funnel.steps.length ? names : undefined} onPick={(step, kind) => void navigate({ to: "/funnels", search: { pick: { step, kind } } })} />
      )}
    </section>
  );
}
