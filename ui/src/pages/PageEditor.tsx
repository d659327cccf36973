import "@puckeditor/core/no-external.css";
import { Puck } from "@puckeditor/core";
import { ActionIcon, Alert, Anchor, Button, Drawer, Group, List, Menu, Modal, SegmentedControl, Select, Skeleton, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertCircle, IconDots, IconEye, IconExternalLink, IconInfoCircle } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useBlocker, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { sessionQuery } from "../api/queries";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { PageHeader } from "../components/PageHeader";
import { toastDone, toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { useMay } from "../session/useMay";
import { deletePage, magnetsQuery, pageQuery, PAGES, previewPage, publishPage, saveDraft, unpublishPage, type Finding, type PageContent, type PageDoc } from "./api";
import { makeConfig } from "./blocks";
import { inLanguage, isSameDoc, toEditor, toServer } from "./document";

/** One page in one language: written, looked at, published. */
export function PageEditor() {
  const { t } = useTranslation(["pages", "common"]);
  const { pageId } = useParams({ from: "/app/pages/$pageId" });
  const { locale } = useSearch({ from: "/app/pages/$pageId" });
  const answer = useQuery(pageQuery(pageId, locale));
  const isMissing = locale !== undefined && answer.error instanceof ApiProblem && answer.error.status === 404;
  if (isMissing) return <NewLanguage pageId={pageId} locale={locale} />;
  if (answer.isError && !answer.data) return <QueryProblem error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <Stack gap="md" aria-busy aria-label={t("loading")}>{[48, 560].map((height) => <Skeleton key={height} height={height} radius="md" />)}</Stack>;
  return <Editor key={`${pageId} ${answer.data.locale}`} content={answer.data} />;
}

function useKeep(id: string) {
  const queries = useQueryClient();
  return (content: PageContent) => {
    queries.setQueryData(pageQuery(id, content.locale).queryKey, content);
    void queries.invalidateQueries({ queryKey: [...PAGES, "list"] });
  };
}

function NewLanguage({ pageId, locale }: { pageId: string; locale: string }) {
  const { t } = useTranslation(["pages", "common"]);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data: source, error } = useQuery(pageQuery(pageId, undefined));
  const begin = useMutation({
    mutationFn: (doc: PageDoc) => saveDraft(pageId, locale, doc),
    onSuccess: async () => { await queries.resetQueries({ queryKey: pageQuery(pageId, locale).queryKey }); void queries.invalidateQueries({ queryKey: [...PAGES, "list"] }); },
    onError: toastError,
  });
  if (error) return <QueryProblem error={error} onRetry={() => void navigate({ to: "/pages" })} />;
  return (
    <div>
      <PageHeader title={source?.page.name ?? t("common:nav.pages")} back={{ to: "/pages", label: t("common:nav.pages") }} lead={t("noVersion", { locale })} />
      <Group>
        <Button disabled={!source} loading={begin.isPending} onClick={() => source && begin.mutate(inLanguage(source.doc, locale))}>{t("copyVersion", { locale: source?.locale ?? "" })}</Button>
        <Button variant="default" onClick={() => void navigate({ to: "/pages/$pageId", params: { pageId } })}>{t("common:actions.back")}</Button>
      </Group>
    </div>
  );
}

function Editor({ content }: { content: PageContent }) {
  const { t, i18n } = useTranslation(["pages", "common"]);
  const { page, locale } = content;
  const may = useMay();
  const keep = useKeep(page.id);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { data: magnets } = useQuery(magnetsQuery);
  const session = useQuery(sessionQuery).data;
  const [first] = useState(() => toEditor(content.doc));
  const [doc, setDoc] = useState<PageDoc>(first);
  const [saved, setSaved] = useState<PageDoc>(first);
  const [findings, setFindings] = useState<readonly Finding[]>(content.findings);
  const [isPreviewing, preview] = useDisclosure(false);
  const [showsFindings, findingsDrawer] = useDisclosure(false);
  const [asksDelete, deleting] = useDisclosure(false);
  const isDirty = useMemo(() => !isSameDoc(doc, saved), [doc, saved]);
  const config = useMemo(() => {
    // The names of fields come from the blocks, so their keys are not the typed ones.
    const translate = i18n.getFixedT(i18n.language, "pages") as unknown as (key: string) => string;
    return makeConfig((name) => translate(`field.${name}`), (name) => translate(`choice.${name}`), (name) => translate(`block.${name}`), (magnets?.items ?? []).map(({ id, name }) => ({ value: id, label: name })));
  }, [i18n, magnets]);
  const took = (answer: PageContent, sent: PageDoc) => { keep(answer); setSaved(sent); setFindings(answer.findings); };
  const refused = (error: unknown) => {
    if (!(error instanceof ApiProblem) || error.fields.length === 0) { toastError(error); return; }
    setFindings(error.fields.map(({ field, detail }) => ({ path: field, message: detail, severity: "error" })));
    findingsDrawer.open();
  };
  const save = useMutation({
    mutationFn: async (sent: PageDoc) => ({ sent, answer: await saveDraft(page.id, locale, toServer(sent, content)) }),
    onSuccess: ({ sent, answer }) => { took(answer, sent); toastDone(t("draftSaved")); },
    onError: refused,
  });
  const publish = useMutation({
    mutationFn: async (sent: PageDoc) => {
      if (isDirty) took(await saveDraft(page.id, locale, toServer(sent, content)), sent);
      return publishPage(page.id, locale);
    },
    onSuccess: (answer) => { keep(answer); setFindings(answer.findings); toastDone(t("publishedDone")); },
    onError: refused,
  });
  const unpublish = useMutation({ mutationFn: () => unpublishPage(page.id, locale), onSuccess: (answer) => { keep(answer); toastDone(t("unpublishedDone")); }, onError: toastError });
  const remove = useMutation({
    mutationFn: () => deletePage(page.id),
    onSuccess: async () => { setSaved(doc); await navigate({ to: "/pages", ignoreBlocker: true }); void queries.invalidateQueries({ queryKey: [...PAGES, "list"] }); },
    onError: toastError,
    onSettled: deleting.close,
  });
  const blocker = useBlocker({ shouldBlockFn: () => isDirty, enableBeforeUnload: isDirty, withResolver: true });
  const version = page.locales.find((known) => known.locale === locale);
  const live = version?.published_slug ?? null;
  const languages = [...new Set([...(session?.company?.locales ?? []), ...page.locales.map((known) => known.locale)])];
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const mayWrite = may("pages.write");
  return (
    <div>
      <PageHeader title={page.name} back={{ to: "/pages", label: t("common:nav.pages") }}
        lead={live === null ? t("notPublished") : <Anchor size="sm" href={`${session?.company?.base_url ?? ""}/${live}`} target="_blank" rel="noreferrer">/{live} <IconExternalLink size={14} aria-label={t("newTab")} /></Anchor>}
        actions={
          <>
            <Select aria-label={t("language")} w={104} allowDeselect={false} value={locale} data={languages} onChange={(next) => next && next !== locale && void navigate({ to: "/pages/$pageId", params: { pageId: page.id }, search: { locale: next } })} />
            {findings.length > 0 && <Button variant="subtle" color={errors > 0 ? "red" : "gray"} leftSection={errors > 0 ? <IconAlertCircle size={18} /> : <IconInfoCircle size={18} />} onClick={findingsDrawer.open}>{t("findings", { count: findings.length })}</Button>}
            <Button variant="default" leftSection={<IconEye size={18} stroke={1.5} />} onClick={preview.open}>{t("preview")}</Button>
            {mayWrite && <Button variant="default" disabled={!isDirty} loading={save.isPending} onClick={() => save.mutate(doc)}>{t("saveDraft")}</Button>}
            {mayWrite && <Button disabled={!isDirty && version?.has_draft === false} loading={publish.isPending} onClick={() => publish.mutate(doc)}>{t("publish")}</Button>}
            {mayWrite && (
              <Menu position="bottom-end">
                <Menu.Target><ActionIcon variant="default" size={36} aria-label={t("moreActions")}><IconDots size={18} /></ActionIcon></Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item disabled={live === null} onClick={() => unpublish.mutate()}>{t("unpublish")}</Menu.Item>
                  <Menu.Item color="red" onClick={deleting.open}>{t("deletePage")}</Menu.Item>
                </Menu.Dropdown>
              </Menu>
            )}
          </>
        } />
      <Puck config={config} data={first} iframe={{ enabled: false }} height="calc(100dvh - 168px)" overrides={{ headerActions: () => <></> }} onChange={(data) => setDoc(data)} />
      {isPreviewing && <Preview doc={toServer(doc, content)} onClose={preview.close} />}
      <Drawer opened={showsFindings} onClose={findingsDrawer.close} position="right" title={t("findings", { count: findings.length })} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
        <List spacing="sm" listStyleType="none">
          {findings.map(({ path, message, severity }) => (
            <List.Item key={path + message}><Alert color={severity === "error" ? "red" : "gray"} variant="light"><Text size="sm">{message}</Text><Text size="xs" c="dimmed" ff="monospace">{path}</Text></Alert></List.Item>
          ))}
        </List>
      </Drawer>
      <ConfirmDialog isOpen={asksDelete} title={t("deletePageTitle")} confirm={t("common:actions.delete")} isHarmful isBusy={remove.isPending} onConfirm={() => remove.mutate()} onCancel={deleting.close}>{t("deletePageText")}</ConfirmDialog>
      <ConfirmDialog isOpen={blocker.status === "blocked"} title={t("leaveTitle")} confirm={t("leave")} onConfirm={() => blocker.proceed?.()} onCancel={() => blocker.reset?.()}>{t("leaveText")}</ConfirmDialog>
    </div>
  );
}

const WIDTHS = { phone: 390, desktop: "100%" } as const;

/** The page as visitors would see it. It is shut in: nothing in it runs. */
function Preview({ doc, onClose }: { doc: PageDoc; onClose: () => void }) {
  const { t } = useTranslation(["pages", "common"]);
  const [width, setWidth] = useState<keyof typeof WIDTHS>("desktop");
  const [shown] = useState(doc);
  const answer = useQuery({ queryKey: [...PAGES, "preview", shown], queryFn: () => previewPage(shown), gcTime: 0, retry: false });
  return (
    <Modal opened fullScreen onClose={onClose} title={t("preview")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <SegmentedControl mb="sm" aria-label={t("width")} value={width} onChange={(next) => setWidth(next)} data={[{ value: "desktop", label: t("desktop") }, { value: "phone", label: t("phone") }]} />
      {answer.isError ? <QueryProblem error={answer.error} onRetry={() => void answer.refetch()} /> : answer.data === undefined ? <Skeleton height="70dvh" /> : (
        <iframe title={t("preview")} sandbox="" srcDoc={answer.data} style={{ display: "block", width: WIDTHS[width], maxWidth: "100%", height: "calc(100dvh - 136px)", margin: "0 auto", border: "1px solid var(--mantine-color-default-border)", borderRadius: 8, background: "#fff" }} />
      )}
    </Modal>
  );
}
