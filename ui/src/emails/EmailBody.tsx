import { Anchor, Button, Group, Text } from "@mantine/core";
import { IconArrowBackUp, IconPaperclip } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { refreshActivities, type Activity } from "../activities/api";
import { apiUrl } from "../api/client";
import { toastError } from "../components/problem";
import { useMay } from "../session/useMay";
import { retryEmail } from "./api";
import classes from "./Emails.module.css";
import EmailForm from "./EmailForm";

/** Longer texts are folded. */
const FOLDED_CHARS = 600;

/** What stands in an e-mail, how it stands with it, and the way to answer it. It is text: nothing in it is markup. */
export default function EmailBody({ activity }: { activity: Activity }) {
  const { t } = useTranslation("emails");
  const may = useMay();
  const [isOpen, setIsOpen] = useState(false);
  const [hasQuoted, setHasQuoted] = useState(false);
  const [isReplying, setIsReplying] = useState(false);
  const { email, details } = activity;
  const isLong = activity.body.length > FOLDED_CHARS;
  const quoted = details.email?.quoted ?? "";
  const leftOut = details.email?.files_left_out ?? 0;
  const canWrite = may("activities.write") && activity.contact_id !== null;
  return (
    <div className={classes["email"]}>
      <EmailProblem activity={activity} />
      <div className={classes["paper"]}>
        <div className={classes["text"]} data-folded={(isLong && !isOpen) || undefined}>{activity.body}</div>
        {hasQuoted && <div className={classes["quoted"]}>{quoted}</div>}
      </div>
      {email && email.files.length > 0 && (
        <ul className={classes["files"]}>
          {email.files.map(({ id, name }) => (
            <li key={id}><Anchor href={apiUrl(`/activities/${id}/file`)} download={name} size="sm"><IconPaperclip size={14} stroke={1.5} aria-hidden /> {name}</Anchor></li>
          ))}
        </ul>
      )}
      {leftOut > 0 && <Text size="xs" c="dimmed">{t("leftOut", { count: leftOut })}</Text>}
      <Group gap={4} className={classes["tools"] ?? ""}>
        {isLong && <Button size="compact-sm" variant="subtle" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>{t(isOpen ? "showLess" : "showAll")}</Button>}
        {quoted && <Button size="compact-sm" variant="subtle" aria-expanded={hasQuoted} onClick={() => setHasQuoted(!hasQuoted)}>{t(hasQuoted ? "hideQuoted" : "showQuoted")}</Button>}
        {canWrite && !isReplying && <Button size="compact-sm" variant="subtle" leftSection={<IconArrowBackUp size={16} stroke={1.5} aria-hidden />} aria-label={t("replyTo", { subject: activity.title || t("noSubject") })} onClick={() => setIsReplying(true)}>{t("reply")}</Button>}
      </Group>
      {isReplying && <div className={classes["reply"]}><EmailForm record={activity} answers={activity} onClose={() => setIsReplying(false)} /></div>}
    </div>
  );
}

const SHOWN = ["queued", "sending", "failed", "unknown", "suppressed"] as const;

/** What keeps it from having been sent, and the way to try again. */
function EmailProblem({ activity }: { activity: Activity }) {
  const { t } = useTranslation("emails");
  const may = useMay();
  const queries = useQueryClient();
  const retry = useMutation({ mutationFn: () => retryEmail(activity.id), onError: toastError, onSettled: () => refreshActivities(queries) });
  const { email } = activity;
  const state = SHOWN.find((known) => known === email?.state);
  if (!email || !state) return null;
  return (
    <Group gap={8} role="status">
      <Text size="sm" c={email.error ? "red" : "dimmed"}>{t(`states.${state}`)}{email.error ? `: ${email.error}` : ""}</Text>
      {email.can_retry && may("activities.write") && <Button size="compact-sm" variant="default" loading={retry.isPending} onClick={() => retry.mutate()}>{t("retry")}</Button>}
    </Group>
  );
}
