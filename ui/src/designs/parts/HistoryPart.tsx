import { Button, Modal, Skeleton, Stack, Text, Textarea, Timeline } from "@mantine/core";
import { IconArrowBackUp, IconGitCommit } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Select } from "@mantine/core";
import { FormProblem } from "../../components/FormProblem";
import { describeError, toastDone } from "../../components/problem";
import { QueryProblem } from "../../components/QueryProblem";
import { useFormat } from "../../i18n";
import { DESIGNS, diffQuery, revertFunnel, versionsQuery, type Comparison, type Version } from "../api";
import classes from "../Designs.module.css";

interface Props {
  funnelId: string;
  isFixed: boolean;
  /** Another version runs. */
  onReverted: () => void;
}

/** Every version that ran: who published it, when and why, what differs from another, and the way back. */
export function HistoryPart({ funnelId, isFixed, onReverted }: Props) {
  const { t } = useTranslation("designs");
  const format = useFormat();
  const versions = useQuery(versionsQuery(funnelId));
  const [chosen, setChosen] = useState<number | null>(null);
  const [other, setOther] = useState<number | null>(null);
  const [back, setBack] = useState<Version | null>(null);
  if (versions.isError) return <QueryProblem error={versions.error} onRetry={() => void versions.refetch()} />;
  if (!versions.data) return <Stack>{[1, 2, 3].map((one) => <Skeleton key={one} height={64} />)}</Stack>;
  const { items } = versions.data;
  const running = items[0]?.version ?? 0;
  return (
    <>
      <Timeline bulletSize={24} lineWidth={2} active={-1}>
        {items.map((version) => {
          const isOpen = chosen === version.version;
          const from = isOpen && other !== null ? other : version.version - 1;
          return (
            <Timeline.Item key={version.version} bullet={<IconGitCommit size={14} />} title={t("history.version", { version: version.version })}>
              <Text size="sm" c="dimmed">{format.date(version.published_at, "datetime")} · {version.published_by_name}{version.version === running ? ` · ${t("history.runs")}` : ""}</Text>
              {version.message && <Text size="sm" mt={4} className={classes["message"] ?? ""}>{version.message}</Text>}
              <div className={classes["findingTools"]}>
                <Button size="compact-sm" variant="default" aria-expanded={isOpen} onClick={() => { setChosen(isOpen ? null : version.version); setOther(null); }}>{t(isOpen ? "history.hide" : "history.changes")}</Button>
                {!isFixed && version.version !== running && <Button size="compact-sm" variant="subtle" leftSection={<IconArrowBackUp size={14} stroke={1.5} />} onClick={() => setBack(version)}>{t("history.revert")}</Button>}
              </div>
              {isOpen && (
                <div className={classes["card"]}>
                  <Select size="xs" w={220} label={t("history.comparedWith")} allowDeselect={false} value={String(from)} onChange={(value) => value !== null && setOther(Number(value))}
                    data={[{ value: "0", label: t("history.nothing") }, ...items.filter((one) => one.version !== version.version).map((one) => ({ value: String(one.version), label: t("history.version", { version: one.version }) }))]} />
                  <Differences funnelId={funnelId} from={from} to={version.version} />
                </div>
              )}
            </Timeline.Item>
          );
        })}
      </Timeline>
      {back && <RevertDialog funnelId={funnelId} version={back} running={running} onClose={() => setBack(null)} onReverted={onReverted} />}
    </>
  );
}

/** What differs, in words. */
export function Differences({ funnelId, from, to, revision = 0 }: { funnelId: string; from: number; to: number | undefined; revision?: number }) {
  const { t, i18n } = useTranslation("designs");
  const diff = useQuery(diffQuery(funnelId, from, to, i18n.language, revision));
  if (diff.isError) return <Text size="sm" c="red">{describeError(diff.error)}</Text>;
  if (!diff.data) return <Skeleton height={40} />;
  if (diff.data.items.length === 0) return <Text size="sm" c="dimmed">{t("history.same")}</Text>;
  return (
    <ul className={classes["differences"]}>
      {diff.data.items.map((item, index) => <Difference key={index} item={item} />)}
    </ul>
  );
}

function Difference({ item }: { item: Comparison["items"][number] }) {
  return (
    <li data-kind={item.kind}>
      <Text size="sm" fw={500}>{item.place}</Text>
      <Text size="sm" c="dimmed" className={classes["told"] ?? ""}>{item.told}</Text>
    </li>
  );
}

function RevertDialog({ funnelId, version, running, onClose, onReverted }: { funnelId: string; version: Version; running: number; onClose: () => void; onReverted: () => void }) {
  const { t } = useTranslation(["designs", "common"]);
  const queries = useQueryClient();
  const [message, setMessage] = useState(() => t("history.revertMessage", { version: version.version }));
  const revert = useMutation({
    mutationFn: () => revertFunnel(funnelId, version.version, running, message),
    onSuccess: async (view) => {
      toastDone(t("publish.done", { version: view.version }));
      await Promise.all([queries.invalidateQueries({ queryKey: DESIGNS }), queries.invalidateQueries({ queryKey: ["funnels"] })]);
      onReverted();
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t("history.revertTitle", { version: version.version })}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">{t("history.revertHint", { next: running + 1 })}</Text>
        <FormProblem message={revert.isError ? describeError(revert.error) : null} />
        <Differences funnelId={funnelId} from={running} to={version.version} />
        <Textarea label={t("publish.message")} autosize minRows={2} maxLength={2000} value={message} onChange={(event) => setMessage(event.currentTarget.value)} />
        <div className={classes["dialogTools"]}>
          <Button variant="default" onClick={onClose}>{t("common:actions.cancel")}</Button>
          <Button loading={revert.isPending} onClick={() => revert.mutate()}>{t("history.revertDo")}</Button>
        </div>
      </Stack>
    </Modal>
  );
}
