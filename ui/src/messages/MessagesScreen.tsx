import { Alert, Badge, Button, Drawer, Group, Select, Skeleton, Stack, Tabs, Text } from "@mantine/core";
import { IconMail } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable, type Column } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { toastDone, toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { fetchMessages, MESSAGES, MESSAGE_STATES, messageQuery, retryMessage, type Message, type MessageState } from "./api";
import { MailFrame } from "./MailFrame";
import classes from "./Messages.module.css";
import { useTemplateName } from "./templateName";
import { Templates } from "./Templates";

const COLORS: Record<MessageState, string> = { queued: "gray", sending: "gray", sent: "fjord", failed: "red", unknown: "amber", suppressed: "gray" };

/** What was mailed, and the words of mail. */
export function MessagesScreen() {
  const { t } = useTranslation(["messages", "common"]);
  const { tab } = useSearch({ from: "/app/messages" });
  const navigate = useNavigate();
  return (
    <div>
      <PageHeader title={t("common:nav.messages")} lead={t("lead")} />
      <Tabs value={tab ?? "log"} keepMounted={false} onChange={(next) => void navigate({ to: "/messages", search: next === "templates" ? { tab: "templates" } : {}, replace: true })}>
        <Tabs.List mb="lg"><Tabs.Tab value="log">{t("log")}</Tabs.Tab><Tabs.Tab value="templates">{t("templates")}</Tabs.Tab></Tabs.List>
        <Tabs.Panel value="log"><Log /></Tabs.Panel>
        <Tabs.Panel value="templates"><Templates /></Tabs.Panel>
      </Tabs>
    </div>
  );
}

function Log() {
  const { t } = useTranslation(["messages", "common"]);
  const format = useFormat();
  const { state } = useSearch({ from: "/app/messages" });
  const navigate = useNavigate();
  const templateName = useTemplateName();
  const [opened, setOpened] = useState<string | null>(null);
  const columns: Column<Message>[] = [
    { key: "to", header: t("to"), cell: (row) => <Recipient message={row} /> },
    { key: "subject", header: t("subject"), cell: (row) => row.subject },
    { key: "template", header: t("template"), cell: (row) => templateName(row.template), isHiddenOnPhone: true },
    { key: "state", header: t("state"), cell: (row) => <StateBadge state={row.state} /> },
    { key: "time", header: t("time"), align: "right", cell: (row) => <time dateTime={row.created_at}>{format.date(row.finished_at ?? row.created_at, "datetime")}</time> },
  ];
  const filter = (
    <Select aria-label={t("state")} placeholder={t("anyState")} clearable w={200} mb="sm" value={state ?? null} clearButtonProps={{ "aria-label": t("common:actions.clear") }}
      data={MESSAGE_STATES.map((value) => ({ value, label: t(`states.${value}`) }))} onChange={(next) => void navigate({ to: "/messages", search: next ? { state: next } : {}, replace: true })} />
  );
  return (
    <>
      {filter}
      <DataTable<Message> id="messages" label={t("log")} columns={columns} queryKey={[...MESSAGES, "list", state ?? ""]} fetchPage={(cursor, signal) => fetchMessages(state, cursor, signal)}
        rowKey={(row) => row.id} rowName={(row) => row.subject} onOpen={(row) => setOpened(row.id)} empty={<EmptyState icon={IconMail} title={state ? t("noneInState") : t("empty")} hint={state ? undefined : t("emptyHint")} />} />
      {opened && <MessageDrawer id={opened} onClose={() => setOpened(null)} />}
    </>
  );
}

const Recipient = ({ message: { to, to_name } }: { message: Message }) => (
  <Stack gap={0}>
    <Text size="sm" fw={550}>{to_name || to || "—"}</Text>
    {to_name && <Text size="xs" c="dimmed" className={classes["plain"]}>{to}</Text>}
  </Stack>
);

const StateBadge = ({ state }: { state: MessageState }) => {
  const { t } = useTranslation("messages");
  return <Badge color={COLORS[state]} variant="light">{t(`states.${state}`)}</Badge>;
};

function MessageDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation(["messages", "common"]);
  const may = useMay();
  const queries = useQueryClient();
  const answer = useQuery(messageQuery(id));
  const retry = useMutation({ mutationFn: () => retryMessage(id), onSuccess: () => { toastDone(t("retried")); return queries.invalidateQueries({ queryKey: MESSAGES }); }, onError: toastError });
  const message = answer.data;
  return (
    <Drawer opened onClose={onClose} position="right" size="xl" title={message?.subject ?? t("message")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      {answer.isError && !message ? <QueryProblem error={answer.error} onRetry={() => void answer.refetch()} /> : !message ? <Skeleton height={480} radius="md" /> : (
        <Stack gap="md">
          <Group justify="space-between">
            <Group gap="sm"><StateBadge state={message.state} /><Text size="sm">{message.to}</Text></Group>
            {message.can_retry && may("messages.write") && <Button loading={retry.isPending} onClick={() => retry.mutate()}>{t("retry")}</Button>}
          </Group>
          {message.error && <Alert color={COLORS[message.state]} variant="light">{message.error}</Alert>}
          {message.remark && <Alert color="gray" variant="light">{message.remark}</Alert>}
          {message.reply && <Text size="xs" c="dimmed" ff="monospace">{message.reply}</Text>}
          <Tabs defaultValue="html">
            <Tabs.List><Tabs.Tab value="html">{t("asSeen")}</Tabs.Tab><Tabs.Tab value="text">{t("asText")}</Tabs.Tab></Tabs.List>
            <Tabs.Panel value="html" pt="sm"><MailFrame html={message.html} title={message.subject} /></Tabs.Panel>
            <Tabs.Panel value="text" pt="sm"><Text component="pre" size="sm" className={classes["plain"]}>{message.text}</Text></Tabs.Panel>
          </Tabs>
        </Stack>
      )}
    </Drawer>
  );
}
