import { Badge, Button, Group, Select, SimpleGrid, Skeleton, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type ChangeEvent } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { sessionQuery } from "../api/queries";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { FormProblem } from "../components/FormProblem";
import { describeError, toastDone, toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { useLeaveGuard } from "../components/useLeaveGuard";
import { useMay } from "../session/useMay";
import { previewQuery, resetTemplate, saveTemplate, templateQuery, TEMPLATES, templatesQuery, testTemplate, type Template, type TemplateBody } from "./api";
import { MailFrame } from "./MailFrame";
import classes from "./Messages.module.css";
import { useTemplateName } from "./templateName";

const PREVIEW_DELAY_MS = 500;

/** The words of mail: a template and a language are chosen, and written with the mail beside it. */
export function Templates() {
  const { t } = useTranslation("messages");
  const answer = useQuery(templatesQuery);
  const company = useQuery(sessionQuery).data?.company;
  const templateName = useTemplateName();
  const { template: name, locale } = useSearch({ from: "/app/messages" });
  const navigate = useNavigate();
  const choose = (template: string, chosen: string | undefined) =>
    void navigate({ to: "/messages", search: { tab: "templates", template, ...(chosen ? { locale: chosen } : {}) }, replace: true, resetScroll: false });
  if (answer.isError && !answer.data) return <QueryProblem error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <Skeleton height={480} radius="md" />;
  const shown = answer.data.items.find((item) => item.name === name) ?? answer.data.items[0];
  if (!shown) return null;
  const locales = [...new Set([...(company?.locales ?? []), ...shown.locales.map((known) => known.locale)])];
  const language = locale && locales.includes(locale) ? locale : (locales[0] ?? "en");
  return (
    <Stack gap="lg">
      <Group align="flex-end">
        <Select label={t("template")} w={280} allowDeselect={false} value={shown.name} data={answer.data.items.map((item) => ({ value: item.name, label: templateName(item.name) }))} onChange={(next) => next && choose(next, locale)} />
        <Select label={t("language")} w={120} allowDeselect={false} value={language} data={locales} onChange={(next) => next && choose(shown.name, next)} />
      </Group>
      <OneTemplate key={`${shown.name} ${language}`} name={shown.name} locale={language} />
    </Stack>
  );
}

function OneTemplate({ name, locale }: { name: string; locale: string }) {
  const answer = useQuery(templateQuery(name, locale));
  if (answer.isError && !answer.data) return <QueryProblem error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <Skeleton height={480} radius="md" />;
  return <Editor key={String(answer.data.is_saved)} template={answer.data} />;
}

const PARTS = ["subject", "preheader", "mjml", "text"] as const;

const bodyOf = ({ subject, preheader, mjml, text }: Template): TemplateBody => ({ subject, preheader, mjml, text });

/** What the server says about one part, without the path before its name. */
const errorAt = (error: unknown, part: string): string | undefined =>
  error instanceof ApiProblem ? error.fields.find(({ field }) => field.split(".").at(-1) === part)?.detail : undefined;

function Editor({ template }: { template: Template }) {
  const { t } = useTranslation(["messages", "common"]);
  const { name, locale } = template;
  const may = useMay();
  const queries = useQueryClient();
  const user = useQuery(sessionQuery).data?.user;
  const [body, setBody] = useState(() => bodyOf(template));
  const [to, setTo] = useState<string | null>(null);
  const [asksReset, resetting] = useDisclosure(false);
  const [settled] = useDebouncedValue(body, PREVIEW_DELAY_MS);
  const preview = useQuery(previewQuery(name, locale, settled));
  const refresh = () => queries.invalidateQueries({ queryKey: TEMPLATES });
  const save = useMutation({ mutationFn: () => saveTemplate(name, locale, body), onSuccess: async (saved) => { setBody(bodyOf(saved)); toastDone(t("saved")); await refresh(); } });
  const reset = useMutation({ mutationFn: () => resetTemplate(name, locale), onSuccess: refresh, onError: toastError, onSettled: resetting.close });
  const address = to ?? user?.email ?? "";
  const test = useMutation({ mutationFn: () => testTemplate(name, locale, address, body), onSuccess: ({ is_sent, detail }) => { if (is_sent) toastDone(detail); } });
  const problem = save.error ?? preview.error;
  const isPlaced = PARTS.some((part) => errorAt(problem, part));
  const change = (part: keyof TemplateBody) => (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => {
    save.reset();
    setBody({ ...body, [part]: event.currentTarget.value });
  };
  const isDirty = PARTS.some((part) => (body[part] ?? "") !== (template[part] ?? ""));
  const guard = useLeaveGuard(isDirty && !save.isPending);
  const mayWrite = may("messages.write");
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
      <Stack gap="md">
        <Group gap="sm">
          <Badge variant="light" color={template.is_saved ? "fjord" : "gray"}>{template.is_saved ? t("own") : t("builtIn")}</Badge>
          {template.source_locale !== locale && <Text size="sm" c="dimmed">{t("otherWords", { locale: template.source_locale })}</Text>}
        </Group>
        <FormProblem message={problem && !isPlaced ? describeError(problem) : null} />
        <TextInput label={t("subject")} value={body.subject} onChange={change("subject")} error={errorAt(problem, "subject")} readOnly={!mayWrite} />
        <TextInput label={t("preheader")} description={t("preheaderHint")} value={body.preheader} onChange={change("preheader")} error={errorAt(problem, "preheader")} readOnly={!mayWrite} />
        <Textarea label={t("mjml")} rows={20} value={body.mjml} onChange={change("mjml")} error={errorAt(problem, "mjml")} readOnly={!mayWrite} spellCheck={false} classNames={{ input: classes["source"] ?? "" }} />
        <Textarea label={t("plain")} description={t("plainHint")} rows={5} value={body.text ?? ""} onChange={change("text")} error={errorAt(problem, "text")} readOnly={!mayWrite} spellCheck={false} classNames={{ input: classes["source"] ?? "" }} />
        {mayWrite && (
          <Group>
            <Button disabled={!isDirty} loading={save.isPending} onClick={() => save.mutate()}>{t("common:actions.save")}</Button>
            {template.is_saved && <Button variant="default" onClick={resetting.open}>{template.is_builtin ? t("reset") : t("common:actions.delete")}</Button>}
          </Group>
        )}
      </Stack>
      <Stack gap="md">
        <Text fw={550}>{preview.data?.subject ?? body.subject}</Text>
        {preview.data ? <MailFrame html={preview.data.html} title={t("preview")} /> : preview.isError ? <Text size="sm" c="dimmed">{t("noPreview")}</Text> : <Skeleton height={560} radius="md" />}
        {mayWrite && (
          <Group align="flex-end">
            <TextInput label={t("testTo")} type="email" style={{ flex: 1 }} value={address} onChange={(event) => { test.reset(); setTo(event.currentTarget.value); }} error={test.error ? describeError(test.error) : test.data && !test.data.is_sent ? test.data.detail : null} />
            <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>{t("sendTest")}</Button>
          </Group>
        )}
      </Stack>
      {guard}
      <ConfirmDialog isOpen={asksReset} title={template.is_builtin ? t("resetTitle") : t("deleteTitle")} confirm={template.is_builtin ? t("reset") : t("common:actions.delete")} isHarmful isBusy={reset.isPending} onConfirm={() => reset.mutate()} onCancel={resetting.close}>
        {template.is_builtin ? t("resetText") : t("deleteText")}
      </ConfirmDialog>
    </SimpleGrid>
  );
}
