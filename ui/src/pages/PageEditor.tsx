import { ActionIcon, Anchor, Button, Group, Menu, Select, Skeleton, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertCircle, IconDots, IconExternalLink, IconInfoCircle } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { sessionQuery } from "../api/queries";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { PageHeader } from "../components/PageHeader";
import { toastDone, toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { useLeaveGuard } from "../components/useLeaveGuard";
import { languageName } from "../contacts/ContactsScreen";
import { useMay } from "../session/useMay";
import { deletePage, magnetsQuery, pageQuery, PAGES, publishPage, saveDraft, unpublishPage, type PageContent, type PageDoc } from "./api";
import { makeConfig, type Words } from "./config";
import { inLanguage, isSameDoc, toEditor, toServer } from "./document";
import classes from "./Editor.module.css";
import { Faults, faultsIn, type Fault } from "./faults";
import { FaultsDrawer } from "./FaultsDrawer";
import RenamePage from "./RenamePage";
import { StateBadge } from "./StateBadge";
import { Workbench } from "./Workbench";

/** One page in one language: written, looked at, published. */
export function PageEditor() {
  const { t } = useTranslation("pages");
  const { pageId } = useParams({ from: "/app/pages/$pageId" });
  const { locale } = useSearch({ from: "/app/pages/$pageId" });
  const answer = useQuery(pageQuery(pageId, locale));
  const isMissing = locale !== undefined && answer.error instanceof ApiProblem && answer.error.status === 404;
  if (isMissing) return <NewLanguage pageId={pageId} locale={locale} />;
  if (answer.isError && !answer.data) return <QueryProblem error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <Stack gap="md" aria-busy aria-label={t("loading")}>{[48, 560].map((height) => <Skeleton key={height} height={height} radius="md" />)}</Stack>;
  return <Editor key={`${pageId} ${answer.data.locale}`} content={answer.data} />;
}

/** A language that the page is not written in yet begins as a copy of one that it is. */
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
      <PageHeader title={source?.page.name ?? t("common:nav.pages")} back={{ to: "/pages", label: t("common:nav.pages") }} lead={t("noVersion", { language: languageName(locale) })} />
      <Group>
        <Button disabled={!source} loading={begin.isPending} onClick={() => source && begin.mutate(inLanguage(source.doc, locale))}>{t("copyVersion", { language: source ? languageName(source.locale) : "" })}</Button>
        <Button variant="default" onClick={() => void navigate({ to: "/pages/$pageId", params: { pageId } })}>{t("common:actions.back")}</Button>
      </Group>
    </div>
  );
}

function useWords(): Words {
  const { i18n } = useTranslation("pages");
  const { language } = i18n;
  return useMemo(() => {
    // The names of fields come from the blocks, so their keys are not the typed ones.
    const translate = i18n.getFixedT(language, "pages") as unknown as (key: string) => string;
    const named = (group: string) => (name: string) => translate(`${group}.${name}`);
    return { block: named("block"), field: named("field"), choice: named("choice"), help: (name) => (i18n.exists(`help.${name}`, { ns: "pages" }) ? translate(`help.${name}`) : undefined) };
  }, [i18n, language]);
}

/** What is written, what is kept of it, and what the server says of it. */
function useDraft(content: PageContent) {
  const { t } = useTranslation("pages");
  const queries = useQueryClient();
  const { page, locale } = content;
  const [first] = useState(() => toEditor(content.doc));
  const [doc, setDoc] = useState(first);
  const [saved, setSaved] = useState(first);
  const [faults, setFaults] = useState<readonly Fault[]>(() => faultsIn(content.doc, content.findings));
  const [showsFaults, faultsDrawer] = useDisclosure(false);
  const sent = useMemo(() => toServer(doc, content), [doc, content]);
  const isDirty = useMemo(() => !isSameDoc(doc, saved), [doc, saved]);
  const took = (answer: PageContent) => {
    // It may be open under its language or under none, which is the same version.
    queries.setQueriesData<PageContent>({ queryKey: [...PAGES, page.id] }, (known) => (known?.locale === locale ? answer : known));
    void queries.invalidateQueries({ queryKey: [...PAGES, "list"] });
    setFaults(faultsIn(answer.doc, answer.findings));
  };
  const refused = (error: unknown) => {
    if (!(error instanceof ApiProblem) || error.fields.length === 0) { toastError(error); return; }
    setFaults(faultsIn(sent, error.fields.map(({ field, detail }) => ({ path: field, message: detail, severity: "error" }))));
    faultsDrawer.open();
  };
  const keep = async () => {
    const written = doc;
    took(await saveDraft(page.id, locale, sent));
    setSaved(written);
  };
  const save = useMutation({ mutationFn: keep, onSuccess: () => toastDone(t("draftSaved")), onError: refused });
  const publish = useMutation({
    mutationFn: async () => {
      if (isDirty) await keep();
      return publishPage(page.id, locale);
    },
    onSuccess: (answer) => { took(answer); toastDone(t("publishedDone")); },
    onError: refused,
  });
  const unpublish = useMutation({ mutationFn: () => unpublishPage(page.id, locale), onSuccess: (answer) => { took(answer); toastDone(t("unpublishedDone")); }, onError: toastError });
  return { first, sent, isDirty, faults, showsFaults, faultsDrawer, setDoc, save, publish, unpublish };
}

function Editor({ content }: { content: PageContent }) {
  const { t } = useTranslation(["pages", "common"]);
  const { page, locale } = content;
  const may = useMay();
  const words = useWords();
  const draft = useDraft(content);
  const { data: magnets } = useQuery(magnetsQuery);
  const config = useMemo(() => makeConfig(words, (magnets?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))), [words, magnets]);
  const leaving = useLeaveGuard(draft.isDirty);
  const errors = draft.faults.filter(({ severity }) => severity === "error").length;
  const version = page.locales.find((known) => known.locale === locale);
  return (
    <div className={classes["screen"]}>
      <PageHeader title={page.name} back={{ to: "/pages", label: t("common:nav.pages") }} lead={<Whereabouts content={content} />}
        actions={
          <>
            <Languages content={content} />
            {draft.faults.length > 0 && (
              <Button variant="subtle" color={errors > 0 ? "red" : "gray"} leftSection={errors > 0 ? <IconAlertCircle size={18} stroke={1.5} /> : <IconInfoCircle size={18} stroke={1.5} />} onClick={draft.faultsDrawer.open}>
                {errors > 0 ? t("errors", { count: errors }) : t("advice", { count: draft.faults.length })}
              </Button>
            )}
            {may("pages.write") && (
              <>
                <Button variant="default" disabled={!draft.isDirty} loading={draft.save.isPending} onClick={() => draft.save.mutate()}>{t("saveDraft")}</Button>
                <Button disabled={!draft.isDirty && version?.has_draft === false} loading={draft.publish.isPending} onClick={() => draft.publish.mutate()}>{t("publish")}</Button>
                <MoreActions content={content} onUnpublish={() => draft.unpublish.mutate()} />
              </>
            )}
          </>
        } />
      <Faults value={draft.faults}>
        <Workbench config={config} first={draft.first} sent={draft.sent} onChange={draft.setDoc}>
          <FaultsDrawer isOpen={draft.showsFaults} onClose={draft.faultsDrawer.close} />
        </Workbench>
      </Faults>
      {leaving}
    </div>
  );
}

/** Its state and the address where visitors find it. */
function Whereabouts({ content: { page, locale } }: { content: PageContent }) {
  const { t } = useTranslation("pages");
  const base = useQuery(sessionQuery).data?.company?.base_url ?? "";
  const version = page.locales.find((known) => known.locale === locale);
  if (!version) return null;
  return (
    <Group gap="sm">
      <StateBadge version={version} />
      {version.published_slug !== null && (
        <Anchor size="sm" href={`${base}/${version.published_slug}`} target="_blank" rel="noreferrer">/{version.published_slug} <IconExternalLink size={14} aria-label={t("newTab")} style={{ verticalAlign: "-2px" }} /></Anchor>
      )}
    </Group>
  );
}

function Languages({ content: { page, locale } }: { content: PageContent }) {
  const { t } = useTranslation("pages");
  const navigate = useNavigate();
  const { data: session } = useQuery(sessionQuery);
  const written = page.locales.map((known) => known.locale);
  const all = [...new Set([...(session?.company?.locales ?? []), ...written])];
  return (
    <Select aria-label={t("language")} w={168} allowDeselect={false} value={locale} data={all.map((value) => ({ value, label: written.includes(value) ? languageName(value) : t("addLanguage", { language: languageName(value) }) }))}
      onChange={(next) => next && next !== locale && void navigate({ to: "/pages/$pageId", params: { pageId: page.id }, search: { locale: next } })} />
  );
}

function MoreActions({ content: { page, locale }, onUnpublish }: { content: PageContent; onUnpublish: () => void }) {
  const { t } = useTranslation(["pages", "common"]);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [asksDelete, deleting] = useDisclosure(false);
  const [isRenaming, renaming] = useDisclosure(false);
  const remove = useMutation({
    mutationFn: () => deletePage(page.id),
    onSuccess: async () => { await navigate({ to: "/pages", ignoreBlocker: true }); void queries.invalidateQueries({ queryKey: [...PAGES, "list"] }); },
    onError: toastError,
    onSettled: deleting.close,
  });
  const isLive = page.locales.some((version) => version.locale === locale && version.published_slug !== null);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target><ActionIcon variant="default" size={36} aria-label={t("moreActions")}><IconDots size={18} /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={renaming.open}>{t("rename")}</Menu.Item>
          <Menu.Item disabled={!isLive} onClick={onUnpublish}>{t("unpublish")}</Menu.Item>
          <Menu.Item color="red" onClick={deleting.open}>{t("deletePage")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isRenaming && <RenamePage page={page} onClose={renaming.close} />}
      <ConfirmDialog isOpen={asksDelete} title={t("deletePageTitle", { name: page.name })} confirm={t("common:actions.delete")} isHarmful isBusy={remove.isPending} onConfirm={() => remove.mutate()} onCancel={deleting.close}>{t("deletePageText")}</ConfirmDialog>
    </>
  );
}
