import { Alert, Button, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { describeError, toastDone } from "../components/problem";
import type { FunnelView } from "../funnels/document";
import { DESIGNS, publishDraft, type Draft, type Finding } from "./api";
import classes from "./Designs.module.css";
import { Differences } from "./parts/HistoryPart";

interface Props {
  draft: Draft;
  findings: readonly Finding[];
  onClose: () => void;
  onPublished: (view: FunnelView) => void;
  onShow: (finding: Finding) => void;
}

/** What changes, what stands against it, and why it is done. */
export function PublishDialog({ draft, findings, onClose, onPublished, onShow }: Props) {
  const { t } = useTranslation(["designs", "common"]);
  const queries = useQueryClient();
  const [message, setMessage] = useState("");
  const errors = findings.filter(({ severity }) => severity === "error");
  const publish = useMutation({
    mutationFn: () => publishDraft(draft.funnel_id, draft.revision, message),
    onSuccess: async (view) => {
      toastDone(t("publish.done", { version: view.version }));
      await Promise.all([queries.invalidateQueries({ queryKey: DESIGNS }), queries.invalidateQueries({ queryKey: ["funnels"] })]);
      onPublished(view);
    },
  });
  const refused = publish.error instanceof ApiProblem ? publish.error.fields : [];
  return (
    <Modal opened onClose={onClose} size="lg" title={t(draft.is_running ? "publish.title" : "publish.firstTitle")}>
      <Stack gap="md">
        {errors.length > 0 && (
          <Alert color="red" title={t("publish.refused", { count: errors.length })}>
            <Stack gap="xs" align="flex-start">
              {errors.map((finding, index) => (
                <div key={index}>
                  <Text size="sm">{finding.what} {finding.mend}</Text>
                  <Button size="compact-xs" variant="default" mt={2} onClick={() => onShow(finding)}>{t("findings.show")}</Button>
                </div>
              ))}
            </Stack>
          </Alert>
        )}
        {publish.isError && (
          <Alert color="red" role="alert">
            {refused.length > 0 ? <ul className={classes["plainList"]}>{refused.map((field, index) => <li key={index}>{field.detail}</li>)}</ul> : describeError(publish.error)}
          </Alert>
        )}
        {draft.base_version !== draft.running_version && <Alert color="yellow">{t("publish.outdated", { version: draft.running_version })}</Alert>}
        {draft.is_running && <section aria-label={t("publish.changes")}><Text size="sm" fw={600} mb={6}>{t("publish.changes")}</Text><div className={classes["scroll"]}><Differences funnelId={draft.funnel_id} from={draft.running_version} to={undefined} revision={draft.revision} /></div></section>}
        <Textarea label={t("publish.message")} description={t("publish.messageHint")} autosize minRows={2} maxLength={2000} data-autofocus value={message} onChange={(event) => setMessage(event.currentTarget.value)} />
        <div className={classes["dialogTools"]}>
          <Button variant="default" onClick={onClose}>{t("common:actions.cancel")}</Button>
          <Button loading={publish.isPending} disabled={errors.length > 0} onClick={() => publish.mutate()}>{t("publish.do")}</Button>
        </div>
      </Stack>
    </Modal>
  );
}
