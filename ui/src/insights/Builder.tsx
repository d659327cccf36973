import { Button, Tabs } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconAdjustmentsHorizontal } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { funnelsQuery, sessionQuery } from "../api/queries";
import { PageHeader } from "../components/PageHeader";
import { PeriodPicker } from "../components/PeriodPicker";
import { QueryProblem } from "../components/QueryProblem";
import { dayAt } from "../period";
import { AnswerPanel } from "./AnswerPanel";
import { catalogQuery, type Catalog } from "./api";
import { KINDS, lean, withKind, type Asks, type BuilderSearch, type InsightState, type Kind, type Looking } from "./ask";
import classes from "./builder/Builder.module.css";
import { FunnelForm } from "./builder/FunnelForm";
import { PathsForm } from "./builder/PathsForm";
import { problemsOf, ProblemsContext } from "./builder/problems";
import { LifecycleForm, RetentionForm, StagesForm } from "./builder/ReturnForms";
import { TrendForm } from "./builder/TrendForm";
import { defaultAsk } from "./defaults";
import { KIND_ICONS } from "./kinds";
import { askedOf, canCompare, useAnswer } from "./useAnswer";
import { useDraft } from "./useDraft";
import type { Funnel } from "../api/types";
import { BuilderSkeleton } from "./BuilderSkeleton";

/** An edit is asked when nothing more was typed for so long. */
const ASK_AFTER_MS = 350;

/** What a screen around the builder is told of it: to save it, and to name it. */
export interface Built {
  state: InsightState;
  ask: Asks[Kind];
  /** Everything that the address says, so that it can be kept. */
  zone: string;
  today: string;
}

interface Props {
  search: BuilderSearch;
  onSearch: (search: BuilderSearch, replace: boolean) => void;
  title: string;
  lead?: string | undefined;
  /** Buttons beside the period. */
  actions: (built: Built) => ReactNode;
  /** Below the title, such as that something was changed and not saved. */
  notice?: ReactNode;
  /** On a phone the question begins folded away: what it answers is what one came for. */
  isFolded?: boolean;
}

/** Asks anything of the log: the question at the left, its answer at the right, all of it in the address. */
export function Builder(props: Props) {
  const { data: session } = useQuery(sessionQuery);
  const catalog = useQuery(catalogQuery());
  const funnels = useQuery(funnelsQuery);
  const error = catalog.error ?? null;
  if (error && !catalog.data) return <QueryProblem error={error} onRetry={() => void catalog.refetch()} />;
  if (!catalog.data || funnels.isPending) return <BuilderSkeleton title={props.title} />;
  return <Ready {...props} zone={session?.company?.timezone ?? "UTC"} catalog={catalog.data} funnel={funnels.data?.items[0]} />;
}

function Ready({ search, onSearch, title, lead, actions, notice, isFolded = false, zone, catalog, funnel }: Props & { zone: string; catalog: Catalog; funnel: Funnel | undefined }) {
  const { t } = useTranslation("insights");
  const { pick, person, ...fromAddress } = search;
  const [draft, setDraft] = useDraft<InsightState>(fromAddress, onSearch);
  const [nowMs] = useState(() => Date.now());
  const [isOpen, setIsOpen] = useState(!isFolded);
  const today = dayAt(nowMs, zone);
  const ask = useMemo(() => draft.ask ?? defaultAsk(draft.kind, catalog, funnel), [draft.ask, draft.kind, catalog, funnel]);
  const shown = askedOf(draft, ask, today, zone);
  const [settled] = useDebouncedValue(JSON.stringify({ ...draft, ask }), ASK_AFTER_MS);
  // The answer belongs to the question as it was when it was last asked.
  const asked = useMemo(() => {
    const state = JSON.parse(settled) as InsightState & { ask: Asks[Kind] };
    return { state, ...askedOf(state, state.ask, today, zone) };
  }, [settled, today, zone]);
  const answered = useAnswer(asked.question);
  const problems = useMemo(() => problemsOf(answered.error, asked.question), [answered.error, asked.question]);
  const setAsk = (next: Asks[Kind]) => setDraft({ ...draft, ask: next } as InsightState);
  const setKind = (kind: Kind) => setDraft(withKind({ ...draft, ...(draft.ask ? { ask } : {}) } as InsightState, kind));
  const look = (looking: Looking) => onSearch({ ...draft, ...lean(looking) }, false);
  const labels = answered.answer?.insight === "paths" ? [...new Set(answered.answer.nodes.map(({ label }) => label))] : [];
  return (
    <div>
      <PageHeader title={title} lead={lead} back={{ to: "/insights", label: t("title") }}
        actions={
          <>
            <PeriodPicker value={draft} days={shown.days} comparedDays={shown.comparedDays} canCompare={canCompare(draft.kind)}
              onChange={(period) => setDraft({ ...lean({ ...draft, period: undefined, from: undefined, to: undefined, compare: undefined }), ...period })} />
            {actions({ state: draft, ask, zone, today })}
          </>
        } />
      {notice}
      <Tabs value={draft.kind} onChange={(kind) => setKind(KINDS.find((known) => known === kind) ?? draft.kind)} mb="lg" className={classes["kinds"] ?? ""}>
        <Tabs.List aria-label={t("kind")}>
          {KINDS.map((kind) => {
            const Icon = KIND_ICONS[kind];
            return <Tabs.Tab key={kind} value={kind} leftSection={<Icon size={18} stroke={1.5} aria-hidden />}>{t(`kinds.${kind}`)}</Tabs.Tab>;
          })}
        </Tabs.List>
        {KINDS.map((kind) => (
          <Tabs.Panel key={kind} value={kind} pt="lg">
            {kind === draft.kind && (
              <div className={classes["root"]}>
                <ProblemsContext value={problems}>
                  <Button className={classes["phoneOnly"] ?? ""} variant="default" fullWidth aria-expanded={isOpen} leftSection={<IconAdjustmentsHorizontal size={18} stroke={1.5} />} onClick={() => setIsOpen(!isOpen)}>{t(isOpen ? "foldQuestion" : "unfoldQuestion")}</Button>
                  <div className={classes["panel"]} data-folded={!isOpen || undefined}>
                    <Form state={draft} ask={ask} labels={labels} onChange={setAsk} />
                  </div>
                </ProblemsContext>
                <AnswerPanel draft={draft} ask={ask} asked={asked} answered={answered} title={title} zone={zone} nowMs={nowMs} looking={lean({ pick, person })} onAsk={setAsk} onLook={look}
                  onChart={(chart) => setDraft({ ...draft, chart })} />
              </div>
            )}
          </Tabs.Panel>
        ))}
      </Tabs>
    </div>
  );
}

interface FormProps {
  state: InsightState;
  ask: Asks[Kind];
  labels: readonly string[];
  onChange: (ask: Asks[Kind]) => void;
}

function Form({ state, ask, labels, onChange }: FormProps) {
  const { kind, ask: of } = { ...state, ask } as InsightState & { ask: Asks[Kind] };
  switch (kind) {
    case "funnel":
      return <FunnelForm ask={of} onChange={onChange} />;
    case "trend":
      return <TrendForm ask={of} onChange={onChange} />;
    case "retention":
      return <RetentionForm ask={of} onChange={onChange} />;
    case "paths":
      return <PathsForm ask={of} labels={labels} onChange={onChange} />;
    case "time_in_stage":
      return <StagesForm ask={of} onChange={onChange} />;
    case "lifecycle":
      return <LifecycleForm ask={of} onChange={onChange} />;
  }
}
