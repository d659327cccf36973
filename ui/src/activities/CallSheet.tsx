import { Alert, Anchor, Button, Drawer, Stack, Text, Textarea, UnstyledButton } from "@mantine/core";
import { IconCheck, IconPhone } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeError, toastDone } from "../components/problem";
import { useFormat } from "../i18n";
import { completeActivity, createActivity, refreshActivities, type ActivityRecord } from "./api";
import classes from "./Activities.module.css";
import { LATER } from "./fields";
import { useOutcomes } from "./words";
import { inDays } from "./zoned";

const DealPlaybooks = lazy(() => import("../playbooks/DealPlaybooks"));

export interface Callee extends ActivityRecord {
  name: string;
  phone: string;
  /** The task that this call is. */
  task_id?: string;
}

interface Props {
  callee: Callee;
  onClose: () => void;
}

const BODY_CHARS_MAX = 20_000;

/** While the phone rings: what to say, and one tap for how it ended; then one for what comes next. */
export default function CallSheet({ callee, onClose }: Props) {
  const { t } = useTranslation(["activities", "common"]);
  const queries = useQueryClient();
  const outcomes = useOutcomes();
  const [note, setNote] = useState("");
  const about = callee.deal_id ? { deal_id: callee.deal_id } : callee.contact_id ? { contact_id: callee.contact_id } : {};
  const log = useMutation({
    mutationFn: async (outcome: string) => {
      await createActivity({ kind: "call", ...about, content: { outcome, ...(note.trim() ? { body: note } : {}) } });
      if (callee.task_id) await completeActivity(callee.task_id);
      return outcome;
    },
    onSettled: () => refreshActivities(queries),
  });
  return (
    <Drawer opened onClose={onClose} position="bottom" size="auto" title={<Text component="span" fw={600}>{log.isSuccess ? t("callLogged") : t("callTo", { name: callee.name })}</Text>} padding="md" closeButtonProps={{ "aria-label": t("common:actions.close") }}
      classNames={{ content: classes["sheet"] ?? "" }}>
      {log.isSuccess ? (
        <NextStep callee={callee} outcome={log.data} onClose={onClose} />
      ) : (
        <Stack gap="md">
          {callee.phone && <Anchor href={`tel:${callee.phone.replace(/[^+\d]/g, "")}`} size="lg" fw={600} className={classes["phone"] ?? ""}><IconPhone size={20} stroke={1.5} aria-hidden />{callee.phone}</Anchor>}
          {callee.deal_id && <Suspense><DealPlaybooks dealId={callee.deal_id} isCompact /></Suspense>}
          <Textarea label={t("noteOnCall")} autosize minRows={1} maxRows={6} maxLength={BODY_CHARS_MAX} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
          {log.isError && <Alert role="alert" color="red">{describeError(log.error)}</Alert>}
          <div role="group" aria-label={t("howEnded")}>
            <Text size="sm" fw={550} mb={8}>{t("howEnded")}</Text>
            <div className={classes["outcomeGrid"]}>
              {outcomes.map(({ id, name }) => (
                <Button key={id} size="lg" variant={id === "reached" ? "filled" : "default"} loading={log.isPending && log.variables === id} disabled={log.isPending} onClick={() => log.mutate(id)}>{name}</Button>
              ))}
            </div>
          </div>
        </Stack>
      )}
    </Drawer>
  );
}

/** The next step in one tap: what, as the outcome suggests, and when. */
function NextStep({ callee, outcome, onClose }: { callee: Callee; outcome: string; onClose: () => void }) {
  const { t } = useTranslation(["activities", "common"]);
  const queries = useQueryClient();
  const { timeZone } = useFormat();
  const isAgain = outcome === "no_answer" || outcome === "left_message";
  const [title, setTitle] = useState(t(isAgain ? "callAgain" : "followUp", { name: callee.name }));
  const about = callee.deal_id ? { deal_id: callee.deal_id } : callee.contact_id ? { contact_id: callee.contact_id } : {};
  const plan = useMutation({
    mutationFn: (due_at: string) => createActivity({ kind: "task", ...about, content: { title, due_at, task_type: isAgain ? "call" : "to_do", ...(timeZone ? { zone: timeZone } : {}) } }),
    onSuccess: async ({ activity }) => {
      toastDone(t("planned1", { title: activity.title }));
      onClose();
      await refreshActivities(queries);
    },
  });
  return (
    <Stack gap="md">
      <Text className={classes["logged"] ?? ""} role="status"><IconCheck size={18} stroke={2} aria-hidden />{t("loggedHint")}</Text>
      <Textarea label={t("nextStep")} autosize minRows={1} maxRows={3} maxLength={200} value={title} onChange={(event) => setTitle(event.currentTarget.value.replace(/\n/g, " "))} />
      {plan.isError && <Alert role="alert" color="red">{describeError(plan.error)}</Alert>}
      <div className={classes["outcomeGrid"]} role="group" aria-label={t("when")}>
        {LATER.map(({ id, days, hour }) => <Button key={id} size="lg" variant="default" disabled={plan.isPending || !title.trim()} onClick={() => plan.mutate(inDays(days, hour, timeZone))}>{t(`later.${id}`)}</Button>)}
      </div>
      <UnstyledButton className={classes["skip"] ?? ""} onClick={onClose}>{t("noNextStep")}</UnstyledButton>
    </Stack>
  );
}
