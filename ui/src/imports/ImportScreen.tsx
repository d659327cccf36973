import { Alert, Button, Group, Progress, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertCircle, IconArrowBackUp, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { PageHeader } from "../components/PageHeader";
import { toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { cancelImport, deleteImport, importQuery, IMPORTS, isBusy, shareDone, startImport, undoImport, type ImportState, type ImportView, type Mapping } from "./api";
import { StateBadge } from "./ImportsScreen";
import { MappingEditor } from "./MappingEditor";
import { CountsGrid, Refused } from "./results";

/** States in which it can still be decided what the columns mean. */
const OPEN: readonly ImportState[] = ["ready", "failed", "cancelled", "undone"];
const HAS_RUN: readonly ImportState[] = ["running", "done", "undoing"];

/** One file: what it holds, what becomes of it, and what became of it. */
export function ImportScreen() {
  const { t } = useTranslation(["imports", "common"]);
  const { importId } = useParams({ from: "/app/imports/$importId" });
  const answer = useQuery(importQuery(importId));
  const queries = useQueryClient();
  const state = answer.data?.state;
  useEffect(() => {
    // Whatever it brought in or took back shows on other screens too.
    if (state === "done" || state === "undone") void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" && queryKey[1] !== importId });
  }, [state, importId, queries]);
  if (answer.isError && !answer.data) return <QueryProblem error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <Stack gap="lg" aria-busy>{[48, 160, 320].map((height) => <Skeleton key={height} height={height} radius="md" />)}</Stack>;
  const view = answer.data;
  return (
    <div>
      <PageHeader title={view.file_name} back={{ to: "/imports", label: t("common:nav.imports") }} lead={<StateBadge state={view.state} />} actions={<Actions view={view} />} />
      <Stack gap="xl">
        {view.error && <Alert role="alert" color="red" variant="light" icon={<IconAlertCircle size={20} />} title={t("failedTitle")}>{view.error}</Alert>}
        {isBusy(view.state) && <Running view={view} />}
        {view.undo && view.state === "undone" && <Alert color="gray" variant="light">{t("undoneText", { events: view.undo.events_removed, contacts: view.undo.contacts_removed, companies: view.undo.companies_removed, deals: view.undo.deals_removed, kept: view.undo.contacts_kept })}</Alert>}
        {(HAS_RUN.includes(view.state) || view.counts.rows > 0) && view.state !== "checking" && view.state !== "undone" && (
          <section aria-label={t("result")}>
            <Title order={2} size="h3" mb="sm">{t("result")}</Title>
            <CountsGrid counts={view.counts} />
            {!isBusy(view.state) && <Refused id={view.id} kind="import" kinds={view.refused_kinds} />}
          </section>
        )}
        {OPEN.includes(view.state) && <Decide view={view} />}
      </Stack>
    </div>
  );
}

function useRefresh(id: string) {
  const queries = useQueryClient();
  return (view: ImportView) => {
    queries.setQueryData(importQuery(id).queryKey, view);
    void queries.invalidateQueries({ queryKey: [...IMPORTS, "list"] });
  };
}

function Actions({ view }: { view: ImportView }) {
  const { t } = useTranslation(["imports", "common"]);
  const may = useMay();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const refresh = useRefresh(view.id);
  const [asksUndo, undoing] = useDisclosure(false);
  const [asksDelete, deleting] = useDisclosure(false);
  const undo = useMutation({ mutationFn: () => undoImport(view.id), onSuccess: refresh, onError: toastError, onSettled: undoing.close });
  const remove = useMutation({
    mutationFn: () => deleteImport(view.id),
    onSuccess: async () => { await navigate({ to: "/imports" }); void queries.invalidateQueries({ queryKey: [...IMPORTS, "list"] }); },
    onError: toastError,
    onSettled: deleting.close,
  });
  if (!may("imports.write") || isBusy(view.state)) return null;
  const canUndo = ["done", "failed", "cancelled"].includes(view.state) && view.counts.rows > 0;
  return (
    <>
      {canUndo && <Button variant="default" leftSection={<IconArrowBackUp size={18} stroke={1.5} />} onClick={undoing.open}>{t("undo")}</Button>}
      <Button variant="default" leftSection={<IconTrash size={18} stroke={1.5} />} onClick={deleting.open}>{t("common:actions.delete")}</Button>
      <ConfirmDialog isOpen={asksUndo} title={t("undoTitle")} confirm={t("undo")} isHarmful isBusy={undo.isPending} onConfirm={() => undo.mutate()} onCancel={undoing.close}>{t("undoText")}</ConfirmDialog>
      <ConfirmDialog isOpen={asksDelete} title={t("deleteTitle")} confirm={t("common:actions.delete")} isHarmful isBusy={remove.isPending} onConfirm={() => remove.mutate()} onCancel={deleting.close}>{t("deleteText")}</ConfirmDialog>
    </>
  );
}

function Running({ view }: { view: ImportView }) {
  const { t } = useTranslation(["imports", "common"]);
  const format = useFormat();
  const refresh = useRefresh(view.id);
  const cancel = useMutation({ mutationFn: () => cancelImport(view.id), onSuccess: refresh, onError: toastError });
  const share = shareDone(view);
  const isKnown = view.state !== "undoing";
  return (
    <section aria-label={t(`state.${view.state}`)}>
      <Group justify="space-between" mb={8}>
        <Text fw={550} aria-live="polite">{t(`state.${view.state}`)}{isKnown && ` · ${format.percent(share)}`}</Text>
        {isKnown && <Button variant="default" size="compact-sm" loading={cancel.isPending} onClick={() => cancel.mutate()}>{t("stop")}</Button>}
      </Group>
      <Progress value={isKnown ? share * 100 : 100} animated={!isKnown} aria-label={t(`state.${view.state}`)} />
      <Text size="sm" c="dimmed" mt={8}>{t("mayLeave")}</Text>
    </section>
  );
}

function Decide({ view }: { view: ImportView }) {
  const { t } = useTranslation("imports");
  const may = useMay();
  const refresh = useRefresh(view.id);
  const start = useMutation({
    mutationFn: ({ mapping, isDryRun }: { mapping: Mapping; isDryRun: boolean }) => startImport(view.id, mapping, isDryRun),
    onSuccess: refresh,
  });
  return (
    <>
      {view.check && (
        <section aria-label={t("checkResult")}>
          <Title order={2} size="h3" mb={4}>{t("checkResult")}</Title>
          <Text size="sm" c="dimmed" mb="sm">{t("checkHint")}</Text>
          <CountsGrid counts={view.check.counts} />
          <Refused id={view.id} kind="check" kinds={view.check.refused_kinds} />
        </section>
      )}
      <MappingEditor view={view} mayStart={may("imports.write")} problem={start.error} isStarting={start.isPending} onStart={(mapping, isDryRun) => start.mutate({ mapping, isDryRun })} />
    </>
  );
}
