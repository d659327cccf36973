import { Alert, Button, Menu, SegmentedControl, Select, Skeleton, Text } from "@mantine/core";
import { IconDownload, IconFilterPlus, IconPhoto, IconPrinter, IconVectorTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery, sessionQuery } from "../api/queries";
import { download } from "../components/download";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { PeriodPicker } from "../components/PeriodPicker";
import { describeError, toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { SaveBar } from "../components/SaveBar";
import { useLeaveGuard } from "../components/useLeaveGuard";
import { stageName, type FunnelView } from "../funnels/document";
import { LiveSign } from "../home/LiveSign";
import { useNow } from "../home/useNow";
import { useFormat } from "../i18n";
import { textFor } from "../localized";
import { dayAt, periodOnly, resolveDays, type Days } from "../period";
import { useMay } from "../session/useMay";
import { FindingsBadge } from "./FindingsBadge";
import classes from "./FunnelMapScreen.module.css";
import type { MapModel } from "./model";
import { VIEWS, type MapSearch, type MapViewName } from "./search";
import { SaveProblem } from "./SaveProblem";
import { useFunnelDraft } from "./useFunnelDraft";
import { useLiveNumbers, useMapData } from "./useMapData";

/** The map's library is fetched with the map, not with the picture. */
const MapView = lazy(() => import("./MapView"));
const PictureView = lazy(() => import("./PictureView"));
const JourneyView = lazy(() => import("./JourneyView"));
const StagePanel = lazy(() => import("./StagePanel"));

const MINUTE_MS = 60_000;

export function FunnelMapScreen() {
  const { t, i18n } = useTranslation(["map", "funnels"]);
  const search = useSearch({ from: "/app/funnels/map" });
  const navigate = useNavigate();
  const funnels = useQuery(funnelViewsQuery);
  const { data: session } = useQuery(sessionQuery);
  if (funnels.isError && !funnels.data) return <QueryProblem error={funnels.error} onRetry={() => void funnels.refetch()} />;
  const view = funnels.data?.items.find(({ id, document }) => document.id === search.funnel || id === search.funnel) ?? funnels.data?.items[0];
  if (!funnels.data || !session) return <Waiting />;
  if (!view) {
    return (
      <div>
        <PageHeader title={t("title")} back={{ to: "/funnels", label: t("funnels:title") }} />
        <EmptyState icon={IconFilterPlus} title={t("funnels:noFunnels")} hint={t("noFunnelHint")} actions={<Button component={Link} to="/funnels/design/new">{t("design")}</Button>} />
      </div>
    );
  }
  const picker = funnels.data.items.length > 1 && (
    <Select aria-label={t("funnels:funnel")} value={view.document.id} data={funnels.data.items.map(({ document }) => ({ value: document.id, label: textFor(document.title, i18n.language) || document.id }))}
      onChange={(slug) => slug && void navigate({ to: "/funnels/map", search: { ...without(search, "stage"), funnel: slug } })} />
  );
  // Another version is another draft.
  return <Screen key={`${view.id}-${view.version}`} view={view} search={search} picker={picker} timeZone={session.company?.timezone ?? "UTC"} />;
}

function without(search: MapSearch, ...names: (keyof MapSearch)[]): MapSearch {
  return Object.fromEntries(Object.entries(search).filter(([name]) => !names.some((left) => left === name)));
}

function Waiting() {
  const { t } = useTranslation("map");
  return (
    <div>
      <PageHeader title={t("title")} />
      <Skeleton className={classes["skeleton"] ?? ""} radius="lg" role="status" aria-label={t("loading")} />
    </div>
  );
}

interface ScreenProps {
  view: FunnelView;
  search: MapSearch;
  picker: React.ReactNode;
  timeZone: string;
}

function Screen({ view, search, picker, timeZone }: ScreenProps) {
  const { t, i18n } = useTranslation("map");
  const navigate = useNavigate();
  const may = useMay();
  const now = useNow(MINUTE_MS);
  const draft = useFunnelDraft(view);
  const days = resolveDays(search, dayAt(now, timeZone));
  const data = useMapData(view, draft.document, draft.stages, days, timeZone);
  const isConnected = useLiveNumbers();
  const guard = useLeaveGuard(draft.isDirty && !draft.isSaving, (from, to) => from.pathname !== to.pathname || (from.search as MapSearch).funnel !== (to.search as MapSearch).funnel);
  const picture = useRef<HTMLDivElement>(null);
  const [isSpread, setIsSpread] = useState(false);
  const shown = search.view ?? "map";
  const title = textFor(view.document.title, i18n.language) || view.document.id;
  const look = (next: MapSearch, replace = true) => void navigate({ to: "/funnels/map", search: next, replace, resetScroll: false });
  const openStage = (key: string) => look({ ...search, stage: key });
  const people = (stage: number, kind: "converted" | "dropped") => void navigate({ to: "/funnels", search: { ...periodOnly(search), funnel: view.document.id, pick: { step: kind === "dropped" ? stage + 1 : stage, kind } } });
  const stage = draft.stages.find(({ key }) => key === search.stage);
  const { model, answer } = data;

  return (
    <div className={classes["screen"]} data-view={shown}>
      <PageHeader title={title} back={{ to: "/funnels", label: t("report") }} lead={<Headline model={model} days={days} />}
        actions={
          <>
            <FindingsBadge findings={model.findings.rest} name={title} label={t("wholeFindings", { count: model.findings.rest.length })} />
            <LiveSign isConnected={isConnected} />
            {picker}
            <SegmentedControl value={shown} onChange={(next) => look({ ...search, view: next })} aria-label={t("view")} data={VIEWS.map((value) => ({ value, label: t(`views.${value}`) }))} />
            <PeriodPicker value={search} days={days} canCompare={false} onChange={(period) => look({ ...without(search, "period", "from", "to"), ...period })} />
            <TakeOut view={shown} title={title} picture={picture} onSpread={setIsSpread} />
          </>
        } />
      {draft.error !== null && !stage && <SaveProblem draft={draft} index={null} />}
      {answer.isError && answer.data && <Alert color="red" role="alert" mb="md">{describeError(answer.error)}</Alert>}
      {answer.isError && !answer.data ? <QueryProblem error={answer.error} onRetry={() => void answer.refetch()} />
        : data.isAsked && !model.numbers && !answer.isPlaceholderData ? <Skeleton className={classes["skeleton"] ?? ""} radius="lg" role="status" aria-label={t("loading")} />
        : (
          <Suspense fallback={<Skeleton className={classes["skeleton"] ?? ""} radius="lg" />}>
            {shown === "map" ? (
              <MapView model={model} isSpread={isSpread} picture={picture} actions={{
                mayEdit: may("funnels.write"), open: openStage, people,
                add: (at) => openStage(draft.add(at)),
              }} />
            ) : shown === "picture" ? <PictureView model={model} days={days} title={title} picture={picture} />
              : <JourneyView model={model} span={data.span} picture={picture} onOpen={openStage} />}
          </Suspense>
        )}
      {draft.isDirty && <form className={classes["save"]} onSubmit={(event) => { event.preventDefault(); draft.save(); }}><SaveBar isDirty isSaving={draft.isSaving} label={t("publish")} onDiscard={draft.discard} /></form>}
      {stage && (
        <Suspense>
          <StagePanel key={stage.key} draft={draft} stage={stage} library={data.library} findings={model.findings.stages.get(stage.id) ?? []} onClose={() => look(without(search, "stage"))} onPeople={(at) => people(at, "converted")} />
        </Suspense>
      )}
      {guard}
    </div>
  );
}

/** What a manager wants to know first: where most is lost, and what that is worth. */
function Headline({ model, days }: { model: MapModel; days: Days }) {
  const { t, i18n } = useTranslation("map");
  const format = useFormat();
  const range = format.dateRange(`${days.first}T12:00:00Z`, `${days.last}T12:00:00Z`);
  const worst = model.numbers?.worst ?? null;
  const loss = worst === null ? null : model.numbers?.stages[worst]?.loss;
  const stage = worst === null ? undefined : model.document.stages[worst];
  if (!loss || !stage) return <Text component="span" inherit>{range}</Text>;
  const texts = { stage: stageName(stage, i18n.language), shown: format.integer(loss.count) };
  const told = loss.worth ? t("headline", { ...texts, amount: format.money({ minor: loss.worth, currency: model.document.currency }, { whole: true }) }) : t("headlinePeople", texts);
  return <>{told} <span className={classes["days"]}>{range}</span></>;
}

interface TakeOutProps {
  view: MapViewName;
  title: string;
  picture: React.RefObject<HTMLDivElement | null>;
  onSpread: (isSpread: boolean) => void;
}

const nextFrames = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

/** The view as a file, or on paper. */
function TakeOut({ view, title, picture, onSpread }: TakeOutProps) {
  const { t } = useTranslation("map");
  const asFile = async (kind: "png" | "svg") => {
    try {
      const { fileName, pictureOf } = await import("../charts/exportPicture");
      const name = `${title} ${t(`views.${view}`)}`;
      if (view === "picture") {
        const { pictureFile } = await import("./pictureFile");
        const drawing = picture.current?.querySelector("svg");
        if (drawing) download(await pictureFile(drawing, kind), fileName(name, kind));
        return;
      }
      // All of the map at its own size, whatever part of it is in view.
      flushSync(() => onSpread(true));
      await nextFrames();
      if (picture.current) download(await pictureOf(picture.current, title), fileName(name, "png"));
    } catch (error) {
      toastError(error);
    } finally {
      onSpread(false);
    }
  };
  return (
    <Menu>
      <Menu.Target><Button variant="default" leftSection={<IconDownload size={18} stroke={1.5} />}>{t("takeOut")}</Button></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPrinter size={16} stroke={1.5} />} onClick={() => window.print()}>{t("print")}</Menu.Item>
        <Menu.Item leftSection={<IconPhoto size={16} stroke={1.5} />} onClick={() => void asFile("png")}>{t("png")}</Menu.Item>
        {view === "picture" && <Menu.Item leftSection={<IconVectorTriangle size={16} stroke={1.5} />} onClick={() => void asFile("svg")}>{t("svg")}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
