import { Alert, Button, Menu, SegmentedControl, Skeleton, Stack, Tabs, Text } from "@mantine/core";
import { IconDots, IconDownload, IconTrash, IconUpload } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { PageHeader } from "../components/PageHeader";
import { describeError, toastDone, toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { languageName } from "../contacts/ContactsScreen";
import { useFormat } from "../i18n";
import { textFor } from "../localized";
import { useMay } from "../session/useMay";
import { DESIGNS, discardDraft, draftQuery, type Draft, type Finding } from "./api";
import classes from "./Designs.module.css";
import { WritingContext } from "./fields";
import { FindingsPanel } from "./FindingsPanel";
import { BuyersPart } from "./parts/BuyersPart";
import { GoalsPart } from "./parts/GoalsPart";
import { HistoryPart } from "./parts/HistoryPart";
import { OffersPart } from "./parts/OffersPart";
import { StagesPart } from "./parts/StagesPart";
import { TextPart } from "./parts/TextPart";
import { patched } from "./patch";
import { PublishDialog } from "./PublishDialog";
import { partOf, PARTS, type DesignSearch, type Part } from "./search";
import { useDraft, type Editing } from "./useDraft";
import { useFindings } from "./useFindings";

/** One funnel as it is designed: its draft, what is found in it, and its history. */
export function DesignScreen() {
  const { funnelId } = useParams({ from: "/app/funnels/design/$funnelId" });
  const draft = useQuery(draftQuery(funnelId));
  const [round, setRound] = useState(0);
  if (draft.isError && !draft.data) return <QueryProblem error={draft.error} onRetry={() => void draft.refetch()} />;
  if (!draft.data) return <DesignSkeleton />;
  return <Design key={`${funnelId} ${round}`} first={draft.data} onRenewed={() => void draft.refetch().then(() => setRound(round + 1))} />;
}

function DesignSkeleton() {
  return <Stack gap="md" aria-busy><Skeleton height={40} width={320} /><Skeleton height={36} width={480} />{[1, 2, 3, 4].map((one) => <Skeleton key={one} height={64} radius="md" />)}</Stack>;
}

function Design({ first, onRenewed }: { first: Draft; onRenewed: () => void }) {
  const { t, i18n } = useTranslation(["designs", "common"]);
  const may = useMay();
  const navigate = useNavigate({ from: "/funnels/design/$funnelId" });
  const search = useSearch({ from: "/app/funnels/design/$funnelId" });
  const editing = useDraft(first);
  const { document, source, draft } = editing;
  const isFixed = !may("funnels.write");
  const part: Part = search.part ?? (source === null ? "stages" : "text");
  // In the text findings are told by lines, so the text is what is checked.
  const text = part === "text" ? (source ?? draft.source) : source;
  const check = useFindings(document, text, i18n.language);
  const findings = useMemo(() => check.data?.items ?? [], [check.data]);
  const [language, setLanguage] = useState(document.locales.includes(i18n.language) ? i18n.language : (document.locales[0] ?? "en"));
  const [isPublishing, setIsPublishing] = useState(false);
  const [line, setLine] = useState<number | undefined>();
  const writing = useMemo(() => ({ language, languages: document.locales, isFixed: isFixed || source !== null }), [language, document.locales, isFixed, source]);
  const go = (next: DesignSearch) => void navigate({ search: next, replace: true, resetScroll: false });
  const show = (finding: Finding) => {
    setIsPublishing(false);
    if (part === "text" && finding.place) { setLine(finding.place.line); return; }
    go(partOf(finding.path, document.stages));
    globalThis.document.querySelector("main")?.scrollTo({ top: 0 });
  };
  const fix = (finding: Finding) => {
    if (!finding.fix) return;
    try {
      editing.change(patched(document, finding.fix));
    } catch {
      toastError(new Error(t("findings.fixPassed")));
    }
  };
  const openPublish = async () => {
    if (await editing.flush()) setIsPublishing(true);
  };
  const canPublish = !isFixed && source === null && (draft.revision > 0 || editing.saving === "dirty") && editing.saving !== "conflict";
  return (
    <WritingContext value={writing}>
      <div>
        <PageHeader title={textFor(document.title, i18n.language) || document.id} back={{ to: "/funnels/design", label: t("title") }} lead={<DraftState editing={editing} />}
          actions={
            <>
              {document.locales.length > 1 && part !== "text" && part !== "history" && <SegmentedControl value={language} onChange={setLanguage} aria-label={t("writtenIn")} data={document.locales.map((code) => ({ value: code, label: languageName(code) }))} />}
              <MoreMenu draft={draft} isFixed={isFixed} onDiscarded={onRenewed} />
              {!isFixed && <Button leftSection={<IconUpload size={18} stroke={1.5} />} disabled={!canPublish} loading={editing.saving === "saving"} onClick={() => void openPublish()}>{t("publish.open")}</Button>}
            </>
          } />
        <Conflict editing={editing} />
        <Tabs value={part} onChange={(next) => next && go({ part: next as Part })} keepMounted={false}>
          <Tabs.List mb="lg" className={classes["tabs"] ?? ""}>
            {PARTS.filter((name) => name !== "history" || draft.is_running).map((name) => <Tabs.Tab key={name} value={name}>{t(`parts.${name}`)}</Tabs.Tab>)}
          </Tabs.List>
          <div className={classes["columns"]} data-wide={part === "history" || undefined}>
            <div>
              {source !== null && part !== "text" && part !== "history" && <Alert color="yellow" mb="md">{t("text.first")}</Alert>}
              <Tabs.Panel value="stages"><StagesPart document={document} findings={findings} open={search.stage} onOpen={(stage) => go({ part: "stages", ...(stage ? { stage } : {}) })} onChange={editing.change} /></Tabs.Panel>
              <Tabs.Panel value="buyers"><BuyersPart document={document} onChange={editing.change} /></Tabs.Panel>
              <Tabs.Panel value="offers"><OffersPart document={document} onChange={editing.change} /></Tabs.Panel>
              <Tabs.Panel value="goals"><GoalsPart document={document} onChange={editing.change} /></Tabs.Panel>
              <Tabs.Panel value="text">
                <WritingContext value={{ ...writing, isFixed }}><TextPart draft={draft} source={source} findings={findings} line={line} onChange={(next) => { setLine(undefined); editing.changeSource(next); }} /></WritingContext>
              </Tabs.Panel>
              <Tabs.Panel value="history"><HistoryPart funnelId={draft.funnel_id} isFixed={isFixed} onReverted={onRenewed} /></Tabs.Panel>
            </div>
            {part !== "history" && <aside className={classes["aside"]}><FindingsPanel findings={check.data?.items} error={check.error} isChecking={check.isFetching} isFixed={isFixed || source !== null} onShow={show} onFix={fix} /></aside>}
          </div>
        </Tabs>
        {isPublishing && <PublishDialog draft={draft} findings={findings} onClose={() => setIsPublishing(false)} onShow={show} onPublished={() => { setIsPublishing(false); onRenewed(); }} />}
      </div>
    </WritingContext>
  );
}

/** What state the draft is in, in a line below the title. */
function DraftState({ editing }: { editing: Editing }) {
  const { t } = useTranslation("designs");
  const format = useFormat();
  const { draft, saving, problem } = editing;
  const saved = draft.revision === 0 ? t("state.runs", { version: draft.running_version }) : t("state.saved", { time: format.date(draft.updated_at, "datetime"), name: draft.updated_by });
  return (
    <span role="status">
      {saving === "saving" || saving === "dirty" ? t("state.saving") : saving === "failed" ? <Text span c="red">{t("state.failed", { why: describeError(problem) })}</Text> : saved}
      {draft.revision > 0 && draft.is_running && ` · ${t("state.draftOf", { version: draft.running_version })}`}
      {!draft.is_running && ` · ${t("state.never")}`}
    </span>
  );
}

function Conflict({ editing }: { editing: Editing }) {
  const { t } = useTranslation("designs");
  if (editing.saving !== "conflict") return null;
  return (
    <Alert color="yellow" mb="md" role="alert" title={t("conflict.title")}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{describeError(editing.problem)}</Text>
        <div className={classes["findingTools"]}>
          <Button size="compact-sm" onClick={() => void editing.resolve("theirs")}>{t("conflict.theirs")}</Button>
          <Button size="compact-sm" variant="default" onClick={() => void editing.resolve("mine")}>{t("conflict.mine")}</Button>
        </div>
      </Stack>
    </Alert>
  );
}

function MoreMenu({ draft, isFixed, onDiscarded }: { draft: Draft; isFixed: boolean; onDiscarded: () => void }) {
  const { t } = useTranslation(["designs", "common"]);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, setIsAsking] = useState(false);
  const discard = useMutation({
    mutationFn: () => discardDraft(draft.funnel_id),
    onSuccess: async () => {
      setIsAsking(false);
      toastDone(t("discard.done"));
      await queries.invalidateQueries({ queryKey: DESIGNS });
      if (draft.is_running) onDiscarded();
      else await navigate({ to: "/funnels/design" });
    },
    onError: toastError,
  });
  const download = () => {
    const link = globalThis.document.createElement("a");
    link.href = URL.createObjectURL(new Blob([draft.source], { type: "application/yaml" }));
    link.download = `${draft.document.id}.yaml`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
  };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target><Button variant="default" aria-label={t("more")} px={10}><IconDots size={18} stroke={1.5} /></Button></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconDownload size={16} stroke={1.5} />} onClick={download}>{t("download")}</Menu.Item>
          {!isFixed && draft.revision > 0 && <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={() => setIsAsking(true)}>{t("discard.open")}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      <ConfirmDialog isOpen={isAsking} isHarmful isBusy={discard.isPending} title={t("discard.title")} confirm={t("discard.do")} onCancel={() => setIsAsking(false)} onConfirm={() => discard.mutate()}>
        {t(draft.is_running ? "discard.hint" : "discard.hintNew")}
      </ConfirmDialog>
    </>
  );
}
