import { Alert, Button, Group, Stack, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { refreshActivities, type Activity, type ActivityRecord } from "../activities/api";
import classes from "../activities/Activities.module.css";
import { ApiProblem } from "../api/client";
import { FormProblem } from "../components/FormProblem";
import { toastDone } from "../components/problem";
import { useApiForm } from "../components/useApiForm";
import { sendEmail } from "./api";

const SUBJECT_CHARS_MAX = 200;
const TEXT_CHARS_MAX = 20_000;

interface Props {
  record: ActivityRecord;
  /** The e-mail that is answered. */
  answers?: Activity;
  onClose: () => void;
}

interface Values extends Record<string, unknown> {
  subject: string;
  text: string;
}

/** Write an e-mail to a contact. Who has said no to marketing gets it only once its writer has said that it is none. */
export default function EmailForm({ record, answers, onClose }: Props) {
  const { t } = useTranslation(["emails", "common"]);
  const queries = useQueryClient();
  const [hasSaidNo, setHasSaidNo] = useState(false);
  const about = record.deal_id ? { deal_id: record.deal_id } : record.contact_id ? { contact_id: record.contact_id } : {};
  const { form, onSubmit, isSending, problem } = useApiForm<Values, Activity>(
    { mode: "controlled", initialValues: { subject: answers ? replySubject(answers.title, t("replyPrefix", { subject: answers.title })) : "", text: "" } },
    async ({ subject, text }) => {
      try {
        return await sendEmail({ ...about, subject, text, ...(answers ? { answers_id: answers.id } : {}), is_not_marketing: hasSaidNo });
      } catch (error) {
        if (error instanceof ApiProblem && error.code === "said_no") setHasSaidNo(true);
        throw error;
      }
    },
    async () => {
      toastDone(t("queuedUp"));
      onClose();
      await refreshActivities(queries);
    },
  );
  return (
    <form onSubmit={onSubmit} noValidate className={classes["form"]}>
      <Stack gap="sm">
        {hasSaidNo ? <Alert role="alert" color="yellow">{t("saidNo")}</Alert> : <FormProblem message={problem} />}
        <TextInput label={t("subject")} autoFocus={!answers} maxLength={SUBJECT_CHARS_MAX} {...form.getInputProps("subject")} />
        <Textarea label={t("text")} autoFocus={answers !== undefined} autosize minRows={5} maxRows={16} maxLength={TEXT_CHARS_MAX} {...form.getInputProps("text")} />
        <Group justify="flex-end" gap="xs">
          <Button size="sm" variant="default" onClick={onClose}>{t("common:actions.cancel")}</Button>
          <Button size="sm" type="submit" loading={isSending}>{t(hasSaidNo ? "sendAnyway" : "send")}</Button>
        </Group>
      </Stack>
    </form>
  );
}

const REPLY = /^(re|sv|vs|aw)\s*:/i;

/** One prefix is enough, whichever language it is in. */
export function replySubject(subject: string, prefixed: string): string {
  return (REPLY.test(subject) ? subject : prefixed).slice(0, SUBJECT_CHARS_MAX);
}
