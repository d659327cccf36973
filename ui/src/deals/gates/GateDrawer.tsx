import { Alert, Button, Collapse, Drawer, Group, Skeleton, Stack, Text, Textarea, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCheck, IconChevronDown, IconHourglass } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { createActivity, refreshActivities } from "../../activities/api";
import { ApiProblem } from "../../api/client";
import { FormProblem } from "../../components/FormProblem";
import { describeError, toastDone } from "../../components/problem";
import { QueryProblem } from "../../components/QueryProblem";
import { CONTACTS } from "../../contacts/api";
import { useMay } from "../../session/useMay";
import { closeDeal, dealQuery, moveDeal, type Deal } from "../api";
import { approveDeal, askApproval, gatesQuery, saveWritten, type StageGate } from "./api";
import { isField, isWritable, type Written } from "./fields";
import classes from "./Gates.module.css";
import { ReasonRow } from "./ReasonRow";

interface Props {
  deal: Deal;
  /** The stage that the deal is to enter. */
  stage: string;
  /** Whether it is to be won, and why. */
  win?: { reason: string };
  onClose: () => void;
}

const REASON_CHARS_MAX = 500;

/** Why a deal cannot go on, and all that can be done about it right there. */
export default function GateDrawer({ deal: former, stage: first, win, onClose }: Props) {
  const { t, i18n } = useTranslation(["gates", "common"]);
  const [stage, setStage] = useState(first);
  const { data: detail } = useQuery(dealQuery(former.id));
  const deal: Deal = detail ?? former;
  const answer = useQuery(gatesQuery(deal.id, i18n.language));
  const gate = answer.data?.stages.find((one) => one.stage === stage);
  return (
    <Drawer opened onClose={onClose} size={480} closeButtonProps={{ "aria-label": t("common:actions.close") }} title={<Text component="span" fw={600}>{gate ? t("title", { stage: gate.name }) : deal.title}</Text>}>
      {answer.isError && !answer.data ? (
        <QueryProblem error={answer.error} onRetry={() => void answer.refetch()} />
      ) : !answer.data ? (
        <Stack gap="md">{[24, 72, 72].map((height, index) => <Skeleton key={index} height={height} radius="md" />)}</Stack>
      ) : gate ? (
        <Gate key={stage} deal={deal} gate={gate} {...(win && stage === first ? { win } : {})} onGo={setStage} onClose={onClose} />
      ) : (
        <Alert color="fjord" icon={<IconCheck size={18} />}>{t("isThere", { title: deal.title })}</Alert>
      )}
    </Drawer>
  );
}

interface GateProps {
  deal: Deal;
  gate: StageGate;
  win?: { reason: string };
  onGo: (stage: string) => void;
  onClose: () => void;
}

function Gate({ deal, gate, win, onGo, onClose }: GateProps) {
  const { t } = useTranslation(["gates", "common"]);
  const may = useMay();
  const queries = useQueryClient();
  const isFixed = !may("deals.write") || deal.status !== "open";
  const [written, setWritten] = useState<Written>({});
  const [problem, setProblem] = useState<string | null>(null);
  const refresh = async () => {
    await Promise.all([refreshActivities(queries), queries.invalidateQueries({ queryKey: CONTACTS })]);
  };
  const pass = (overrideReason?: string) =>
    win ? closeDeal(deal.id, "won", win.reason, overrideReason) : moveDeal(deal.id, gate.stage, "", overrideReason);
  const act = useMutation({
    mutationFn: (work: () => Promise<Deal | null>) => work(),
    onMutate: () => setProblem(null),
    onSuccess: async (moved) => {
      await refresh();
      if (!moved) return;
      toastDone(moved.status === "won" ? t("won", { title: moved.title }) : t("moved", { title: moved.title, stage: gate.name }));
      onClose();
    },
    onError: async (error) => {
      // What is still in the way stands in the list, which is read again.
      const isShut = error instanceof ApiProblem && error.code === "gate_shut";
      setProblem(isShut ? t("stillShut") : describeError(error));
      await refresh();
    },
  });
  /** What is filled in may let the deal move by itself: then it stands there already. */
  const saveAndPass = () => act.mutate(async () => { await saveWritten(deal, written); return pass(); });
  const held = () => act.mutate(async () => { await createActivity({ kind: "meeting", deal_id: deal.id, content: { title: deal.title, outcome: "held", at: new Date().toISOString() } }); return null; });
  const fields = gate.reasons.filter(({ reason }) => isField(reason) && isWritable(reason.field));
  const asks = gate.reasons.some(({ reason }) => reason.kind === "approval_missing");
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">{gate.is_open ? t("open") : t("intro", { title: deal.title, count: gate.reasons.length })}</Text>
      <FormProblem message={problem} />
      <form onSubmit={(event) => { event.preventDefault(); saveAndPass(); }}>
        <ul className={classes["reasons"]}>
          {gate.reasons.map((told, index) => (
            <ReasonRow key={index} told={told} deal={deal} isFixed={isFixed} written={written} onGo={onGo} onHeld={held} onWrite={(field, value) => setWritten((others) => ({ ...others, [field]: value }))} />
          ))}
        </ul>
        {!isFixed && (
          <Group justify="flex-end" gap="sm" mt="md">
            {asks && gate.may_approve && <Button variant="default" loading={act.isPending} onClick={() => act.mutate(async () => { await saveWritten(deal, written); await approveDeal(deal.id, gate.stage); return null; })}>{t("approve")}</Button>}
            {(fields.length > 0 || gate.is_open) && <Button type="submit" loading={act.isPending}>{gate.is_open ? t(win ? "win" : "move") : t(win ? "saveAndWin" : "saveAndMove")}</Button>}
          </Group>
        )}
      </form>
      {asks && !gate.may_approve && !isFixed && <Ask deal={deal} gate={gate} isBusy={act.isPending} onAsk={(note) => act.mutate(async () => { await askApproval(deal.id, gate.stage, note); return null; })} />}
      {gate.may_override && !isFixed && <Override gate={gate} isBusy={act.isPending} onPass={(reason) => act.mutate(() => pass(reason))} />}
    </Stack>
  );
}

function Ask({ deal, gate, isBusy, onAsk }: { deal: Deal; gate: StageGate; isBusy: boolean; onAsk: (note: string) => void }) {
  const { t } = useTranslation("gates");
  const [note, setNote] = useState("");
  if (deal.approval_asked?.stage === gate.stage) return <Alert color="gray" icon={<IconHourglass size={18} />}>{t("asked")}</Alert>;
  return (
    <Stack gap="xs" className={classes["box"] ?? ""}>
      <Textarea label={t("askLabel")} placeholder={t("askHint")} autosize minRows={1} maxRows={5} maxLength={REASON_CHARS_MAX} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
      <Group justify="flex-end"><Button variant="default" loading={isBusy} onClick={() => onAsk(note.trim())}>{t("ask")}</Button></Group>
    </Stack>
  );
}

function Override({ gate, isBusy, onPass }: { gate: StageGate; isBusy: boolean; onPass: (reason: string) => void }) {
  const { t } = useTranslation("gates");
  const [isShown, shown] = useDisclosure(false);
  const [reason, setReason] = useState("");
  const missing = gate.override_chars_min - reason.trim().length;
  return (
    <div className={classes["box"]}>
      <UnstyledButton className={classes["more"] ?? ""} aria-expanded={isShown} onClick={shown.toggle}>{t("override")}<IconChevronDown size={16} stroke={1.5} data-open={isShown || undefined} aria-hidden /></UnstyledButton>
      <Collapse expanded={isShown}>
        <Stack gap="xs" pt="xs">
          <Textarea label={t("overrideReason")} description={t("overrideHint", { count: gate.override_chars_min })} autosize minRows={2} maxRows={6} maxLength={REASON_CHARS_MAX} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
          <Group justify="flex-end"><Button color="orange" variant="light" disabled={missing > 0} loading={isBusy} onClick={() => onPass(reason.trim())}>{t("pass")}</Button></Group>
        </Stack>
      </Collapse>
    </div>
  );
}
