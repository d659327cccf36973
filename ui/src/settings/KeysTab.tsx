import { Badge, Button, Group, Modal, Radio, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCode, IconKey, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import type { Role } from "../api/types";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { CopyButton, CopyField } from "../components/CopyField";
import { EmptyState } from "../components/EmptyState";
import { FormButtons } from "../components/FormButtons";
import { FormProblem } from "../components/FormProblem";
import { toastDone, toastError } from "../components/problem";
import { Section } from "../components/Section";
import { useApiForm } from "../components/useApiForm";
import { useNow } from "../home/useNow";
import { useFormat } from "../i18n";
import { createKey, keysQuery, revokeKey, type ApiKey, type KeyKind, type NewApiKey } from "./api";
import { Loaded } from "./Loaded";
import classes from "./SettingsScreen.module.css";

const ROLES: readonly Role[] = ["viewer", "rep", "manager", "marketer", "admin"];
const NAME_CHARS_MAX = 80;
const TICK_MS = 60_000;

export default function KeysTab() {
  const { t } = useTranslation("settings");
  const keys = useQuery(keysQuery);
  const [isCreating, creating] = useDisclosure(false);
  const [shown, setShown] = useState<{ token: string; isNew: boolean } | null>(null);
  const add = <Button leftSection={<IconPlus size={18} stroke={1.5} />} onClick={creating.open}>{t("keys.add")}</Button>;
  return (
    <Section title={t("tabs.keys")} hint={t("keys.hint")} actions={keys.data?.items.length ? add : undefined}>
      <Loaded query={keys}>
        {({ items }) => items.length === 0 ? <EmptyState icon={IconKey} title={t("keys.empty")} hint={t("keys.emptyHint")} actions={add} /> : (
          <ul className={classes["rows"]}>{[...items].sort(workingFirst).map((key) => <KeyRow key={key.id} apiKey={key} onSnippet={() => setShown({ token: key.shown, isNew: false })} />)}</ul>
        )}
      </Loaded>
      {isCreating && <CreateKey onClose={creating.close} onDone={(key) => { creating.close(); setShown({ token: key.token, isNew: true }); }} />}
      {shown && <KeyDialog {...shown} onClose={() => setShown(null)} />}
    </Section>
  );
}

const workingFirst = (a: ApiKey, b: ApiKey): number => Number(a.revoked_at !== null) - Number(b.revoked_at !== null);

function KeyRow({ apiKey, onSnippet }: { apiKey: ApiKey; onSnippet: () => void }) {
  const { t } = useTranslation(["settings", "common"]);
  const format = useFormat();
  const now = useNow(TICK_MS);
  const queries = useQueryClient();
  const [isAsking, asking] = useDisclosure(false);
  const isWrite = apiKey.kind === "write";
  const revoke = useMutation({
    mutationFn: () => revokeKey(apiKey.id),
    onError: toastError,
    onSuccess: async () => {
      toastDone(t("keys.revoked", { name: apiKey.name }));
      await queries.invalidateQueries({ queryKey: keysQuery.queryKey });
    },
    onSettled: asking.close,
  });
  const used = apiKey.used_at ? t("keys.used", { when: format.ago(apiKey.used_at, Math.max(now, Date.parse(apiKey.used_at))) }) : t("keys.unused");
  const state = apiKey.revoked_at ? t("keys.revokedOn", { date: format.date(apiKey.revoked_at) }) : isWrite && !apiKey.used_at ? t("keys.createdOn", { date: format.date(apiKey.created_at) }) : used;
  return (
    <li className={classes["row"]} data-off={apiKey.revoked_at !== null || undefined}>
      <div className={classes["rowMain"]}>
        <Group gap={8}>
          <Text span fw={550}>{apiKey.name}</Text>
          <Badge color={apiKey.revoked_at ? "gray" : isWrite ? "fjord" : "gray"} variant={apiKey.revoked_at ? "outline" : "light"}>{t(apiKey.revoked_at ? "keys.isRevoked" : `keys.kinds.${apiKey.kind}`)}</Badge>
          {apiKey.kind === "secret" && <Text span size="sm" c="dimmed">{t(`common:roles.${apiKey.role}`)}</Text>}
        </Group>
        <Group gap={4} mt={2} wrap="nowrap">
          <Text span size="xs" c="dimmed" ff="monospace" style={{ overflowWrap: "anywhere" }}>{isWrite ? apiKey.shown : `${apiKey.shown}…`}</Text>
          {isWrite && !apiKey.revoked_at && <CopyButton value={apiKey.shown} label={t("keys.key")} />}
        </Group>
        <Text size="xs" c="dimmed">{state}</Text>
      </div>
      {!apiKey.revoked_at && (
        <div className={classes["rowTools"]}>
          {isWrite && <Button size="sm" variant="default" leftSection={<IconCode size={16} stroke={1.5} />} onClick={onSnippet}>{t("keys.snippet")}</Button>}
          <Button size="sm" variant="default" onClick={asking.open}>{t("keys.revoke")}</Button>
        </div>
      )}
      <ConfirmDialog isOpen={isAsking} title={t("keys.revokeAsk", { name: apiKey.name })} confirm={t("keys.revoke")} isHarmful isBusy={revoke.isPending} onConfirm={() => revoke.mutate()} onCancel={asking.close}>{t("keys.revokeText")}</ConfirmDialog>
    </li>
  );
}

function CreateKey({ onClose, onDone }: { onClose: () => void; onDone: (key: NewApiKey) => void }) {
  const { t } = useTranslation(["settings", "common"]);
  const queries = useQueryClient();
  const { form, onSubmit, isSending, problem } = useApiForm<{ name: string; kind: KeyKind; role: Role } & Record<string, unknown>, NewApiKey>(
    { mode: "controlled", initialValues: { name: "", kind: "write", role: "viewer" }, validate: { name: (name) => (name.trim() ? null : t("keys.nameMissing")) } },
    createKey,
    async (key) => {
      await queries.invalidateQueries({ queryKey: keysQuery.queryKey });
      onDone(key);
    },
  );
  const values = form.getValues();
  return (
    <Modal opened onClose={onClose} title={t("keys.add")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="md">
          <FormProblem message={problem} />
          <TextInput label={t("keys.name")} placeholder={t("keys.nameHint")} data-autofocus maxLength={NAME_CHARS_MAX} {...form.getInputProps("name")} />
          <Radio.Group label={t("keys.kind")} value={values.kind} onChange={(kind) => form.setFieldValue("kind", kind)}>
            <Stack gap="xs" mt={8}>
              <Radio value="write" label={t("keys.kinds.write")} description={t("keys.writeHint")} />
              <Radio value="secret" label={t("keys.kinds.secret")} description={t("keys.secretHint")} />
              <Radio value="mail" label={t("keys.kinds.mail")} description={t("keys.mailHint")} />
            </Stack>
          </Radio.Group>
          {values.kind === "secret" && <Select label={t("keys.role")} data={ROLES.map((role) => ({ value: role, label: t(`common:roles.${role}`) }))} {...form.getInputProps("role")} description={t(`users.roleHints.${values.role}`)} />}
          <FormButtons onCancel={onClose} isSending={isSending} label={t("keys.add")} mt="xs" />
        </Stack>
      </form>
    </Modal>
  );
}

/** What a site pastes into its pages. */
const snippetOf = (base: string, token: string): string =>
  `<script>window.suppilo=window.suppilo||function(){(suppilo.q=suppilo.q||[]).push(arguments)}</script>\n<script async src="${base}/suppilo.js" data-key="${token}"></script>`;

function KeyDialog({ token, isNew, onClose }: { token: string; isNew: boolean; onClose: () => void }) {
  const { t } = useTranslation(["settings", "common"]);
  const { data: session } = useQuery(sessionQuery);
  const base = session?.company?.base_url ?? window.location.origin;
  const isWrite = token.startsWith("wk_");
  const curl = `curl ${base}/api/v1/contacts -H "Authorization: Bearer ${token}"`;
  return (
    // A click beside it must not throw away what is shown only once.
    <Modal opened onClose={onClose} size="lg" title={t(isNew ? "keys.isNew" : "keys.snippet")} closeOnClickOutside={!isNew} closeOnEscape={!isNew} withCloseButton={!isNew} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <Stack gap="md">
        {isNew && !isWrite && <Text size="sm">{t("keys.onlyOnce")}</Text>}
        <CopyField label={t("keys.key")} value={token} isBlock />
        {isWrite ? (
          <>
            <CopyField label={t("keys.forBrowser")} value={snippetOf(base, token)} isBlock />
            <Text size="sm" c="dimmed">{t("keys.forBrowserHint")}</Text>
          </>
        ) : (
          <CopyField label={t("keys.forPrograms")} value={curl} isBlock />
        )}
        <Group justify="flex-end"><Button onClick={onClose} data-autofocus>{t(isNew && !isWrite ? "keys.haveCopied" : "common:actions.close")}</Button></Group>
      </Stack>
    </Modal>
  );
}
