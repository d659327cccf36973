import { Badge, Button, SegmentedControl, Select, Text } from "@mantine/core";
import { IconActivity, IconCircleCheck, IconRotate } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../components/EmptyState";
import { toastDone, toastError } from "../components/problem";
import { Section } from "../components/Section";
import { useNow } from "../home/useNow";
import { useFormat } from "../i18n";
import { jobsQuery, refusalsQuery, reviveJob, type Job } from "./api";
import { Audit } from "./AuditPart";
import { Loaded } from "./Loaded";
import classes from "./OperationsTab.module.css";
import type { SettingsSearch } from "./search";
import rows from "./SettingsScreen.module.css";

const PARTS = ["jobs", "audit", "refusals"] as const;
const TICK_MS = 30_000;
const REFRESH_MS = 15_000;

/** What the program does by itself, who changed what, and what was refused at the door. */
export default function OperationsTab() {
  const { t } = useTranslation("settings");
  const search = useSearch({ from: "/app/settings/$tab" });
  const navigate = useNavigate();
  const part = search.part ?? "jobs";
  const change = (next: SettingsSearch) => void navigate({ to: "/settings/$tab", params: { tab: "operations" }, search: next, replace: true, resetScroll: false });
  const Part = { jobs: Jobs, audit: Audit, refusals: Refused }[part];
  return (
    <>
      <SegmentedControl value={part} aria-label={t("tabs.operations")} data={PARTS.map((value) => ({ value, label: t(`operations.parts.${value}`) }))} onChange={(next) => change({ part: next })} />
      <Part search={search} onChange={change} />
    </>
  );
}

interface PartProps {
  search: SettingsSearch;
  onChange: (next: SettingsSearch) => void;
}

function Jobs({ search, onChange }: PartProps) {
  const { t } = useTranslation("settings");
  const state = search.state ?? "dead";
  const jobs = useQuery({ ...jobsQuery(state === "all" ? undefined : state), refetchInterval: REFRESH_MS });
  return (
    <Section title={t("operations.parts.jobs")} hint={t("operations.jobsHint")}
      actions={<Select w={168} aria-label={t("operations.state")} value={state} data={[...(["dead", "queued", "running", "done"] as const), "all" as const].map((value) => ({ value, label: t(`operations.states.${value}`) }))} onChange={(value) => onChange({ part: "jobs", ...(value && value !== "dead" ? { state: value } : {}) })} />}>
      <Loaded query={jobs}>
        {({ items }) => items.length === 0 ? (
          <EmptyState icon={state === "dead" ? IconCircleCheck : IconActivity} title={t(state === "dead" ? "operations.noDead" : "operations.noJobs")} hint={t(state === "dead" ? "operations.noDeadHint" : "operations.noJobsHint")} />
        ) : (
          <ul className={rows["rows"]}>{items.map((job) => <JobRow key={job.id} job={job} />)}</ul>
        )}
      </Loaded>
    </Section>
  );
}

function JobRow({ job }: { job: Job }) {
  const { t } = useTranslation("settings");
  const format = useFormat();
  const now = useNow(TICK_MS);
  const queries = useQueryClient();
  const revive = useMutation({
    mutationFn: () => reviveJob(job.id),
    onError: toastError,
    onSuccess: async () => {
      toastDone(t("operations.revived"));
      await queries.invalidateQueries({ queryKey: ["jobs"] });
    },
  });
  const isDead = job.state === "dead";
  const when = job.state === "queued" ? t("operations.runs", { when: format.ago(job.run_at, now) }) : job.finished_at ? t("operations.ended", { when: format.ago(job.finished_at, Math.max(now, Date.parse(job.finished_at))) }) : t("operations.since", { when: format.ago(job.run_at, Math.max(now, Date.parse(job.run_at))) });
  return (
    <li className={rows["row"]}>
      <div className={rows["rowMain"]}>
        <Text span fw={550}>{t(`operations.kinds.${job.kind.replaceAll(".", "_")}` as "operations.kinds.import_run", { defaultValue: job.kind })}</Text>{" "}
        <Badge ml={4} color={isDead ? "red" : job.state === "done" ? "fjord" : "gray"}>{t(`operations.states.${job.state}`)}</Badge>
        <Text size="xs" c="dimmed">{[when, t("operations.attempts", { attempts: format.integer(job.attempts), max: format.integer(job.attempts_max) }), job.id].join(" · ")}</Text>
        {job.last_error && <Text size="sm" mt={4} c={isDead ? "red" : "dimmed"}>{job.last_error}</Text>}
      </div>
      {isDead && <div className={rows["rowTools"]}><Button size="sm" variant="default" loading={revive.isPending} leftSection={<IconRotate size={16} stroke={1.5} />} onClick={() => revive.mutate()}>{t("operations.revive")}</Button></div>}
    </li>
  );
}

function Refused() {
  const { t } = useTranslation("settings");
  const format = useFormat();
  const refusals = useQuery({ ...refusalsQuery, refetchInterval: REFRESH_MS });
  return (
    <Section title={t("operations.parts.refusals")} hint={t("operations.refusalsHint")}>
      <Loaded query={refusals}>
        {({ accepted, repeated, refused }) => (
          <>
            <dl className={classes["totals"]}>
              <div><dt>{t("operations.accepted")}</dt><dd>{format.integer(accepted)}</dd></div>
              <div><dt>{t("operations.repeated")}</dt><dd>{format.integer(repeated)}</dd></div>
              <div><dt>{t("operations.refused")}</dt><dd>{format.integer(refused.reduce((sum, { count }) => sum + count, 0))}</dd></div>
            </dl>
            {refused.length === 0 && <EmptyState isCompact icon={IconCircleCheck} title={t("operations.noRefusals")} />}
            {[...refused].sort((a, b) => b.count - a.count).map((one) => (
              <section key={one.reason} className={classes["reason"]}>
                <Text component="h3" size="sm" fw={600} m={0}>{t(`operations.reasons.${one.reason}` as "operations.reasons.key_unknown", { defaultValue: one.reason })} <Text span size="sm" c="dimmed" fw={400}>· {t("operations.times", { count: one.count, shown: format.integer(one.count) })}</Text></Text>
                <ul className={classes["samples"]}>
                  {[...one.samples].reverse().map((sample, index) => (
                    <li key={index}>
                      <span>{sample.message}</span>
                      <Text component="span" display="block" size="xs" c="dimmed"><time dateTime={sample.at}>{format.date(sample.at, "datetime")}</time> · {sample.dialect}{sample.field && <> · <code>{sample.field}</code></>}{sample.value && <> · <code>{sample.value}</code></>}</Text>
                    </li>
                  ))}
                </ul>
              </section>
            ))}
          </>
        )}
      </Loaded>
    </Section>
  );
}

