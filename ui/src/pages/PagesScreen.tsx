import { ActionIcon, Anchor, Button, Group, Menu, Stack, Tabs, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDots, IconExternalLink, IconLayout, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { CopyButton } from "../components/CopyField";
import { DataTable, type Column } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { toastDone, toastError } from "../components/problem";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { COUNTED_DAYS, countsQuery, deletePage, PAGES, pagesQuery, unpublishPage, type PageLocale, type PageView } from "./api";
import { duplicatePage } from "./duplicate";
import { AddMagnet, Magnets } from "./Magnets";
import { StateBadge } from "./StateBadge";

const CreatePage = lazy(() => import("./CreatePage"));
const RenamePage = lazy(() => import("./RenamePage"));

/** The company's pages, and what it gives for an address. */
export function PagesScreen() {
  const { t } = useTranslation(["pages", "common"]);
  const { tab } = useSearch({ from: "/app/pages" });
  const navigate = useNavigate();
  return (
    <div>
      <PageHeader title={t("common:nav.pages")} lead={t("lead")} actions={tab === "magnets" ? <AddMagnet /> : <AddPage />} />
      <Tabs value={tab ?? "pages"} keepMounted={false} onChange={(next) => void navigate({ to: "/pages", search: next === "magnets" ? { tab: "magnets" } : {}, replace: true })}>
        <Tabs.List mb="lg"><Tabs.Tab value="pages">{t("common:nav.pages")}</Tabs.Tab><Tabs.Tab value="magnets">{t("magnets")}</Tabs.Tab></Tabs.List>
        <Tabs.Panel value="pages"><PageList /></Tabs.Panel>
        <Tabs.Panel value="magnets"><Magnets /></Tabs.Panel>
      </Tabs>
    </div>
  );
}

function PageList() {
  const { t } = useTranslation(["pages", "common"]);
  const search = useSearch({ from: "/app/pages" });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const columns = useColumns();
  const open = (pageId: string) => void navigate({ to: "/pages/$pageId", params: { pageId } });
  const q = search.q?.toLowerCase();
  // The server sends all of them at once, so nothing is asked of it to search.
  const fetchPage = async () => {
    const { items } = await queries.query({ ...pagesQuery, staleTime: 0 });
    const found = q ? items.filter(({ name, locales }) => [name, ...locales.flatMap(({ slug, title }) => [slug, title])].join(" ").toLowerCase().includes(q)) : items;
    return { items: found, next_cursor: null, total: found.length };
  };
  return (
    <DataTable<PageView> id="pages" label={t("common:nav.pages")} columns={columns} queryKey={[...PAGES, "list", q ?? ""]} fetchPage={fetchPage} rowKey={(row) => row.id} rowName={(row) => row.name} onOpen={(row) => open(row.id)}
      state={search.q ? { q: search.q } : {}} onState={({ q: next }) => void navigate({ to: "/pages", search: next ? { q: next } : {}, replace: true, resetScroll: false })}
      empty={<EmptyState icon={IconLayout} title={t("empty")} hint={t("emptyHint")} actions={<AddPage />} />} />
  );
}

function AddPage() {
  const { t } = useTranslation("pages");
  const may = useMay();
  const navigate = useNavigate();
  const [isCreating, creating] = useDisclosure(false);
  if (!may("pages.write")) return null;
  return (
    <>
      <Button leftSection={<IconPlus size={18} stroke={1.5} />} onClick={creating.open}>{t("add")}</Button>
      <Suspense>{isCreating && <CreatePage onClose={creating.close} onDone={(pageId) => void navigate({ to: "/pages/$pageId", params: { pageId } })} />}</Suspense>
    </>
  );
}

function useColumns(): Column<PageView>[] {
  const { t } = useTranslation("pages");
  const format = useFormat();
  const may = useMay();
  const { data: counts, isError } = useQuery(countsQuery(new Date().toISOString().slice(0, 10)));
  const count = (row: PageView, step: number) => {
    if (!counts) return isError ? "–" : "…";
    return format.integer(counts.breakdown?.[row.name]?.[step] ?? 0);
  };
  const columns: Column<PageView>[] = [
    { key: "name", header: t("name"), cell: (row) => <Anchor component={Link} to={`/pages/${row.id}`} size="sm" fw={550} c="inherit">{row.name}</Anchor> },
    { key: "versions", header: t("versions"), cell: (row) => <Stack gap={4}>{row.locales.map((version) => <Version key={version.locale} version={version} />)}</Stack> },
    { key: "visitors", header: t("visitors", { count: COUNTED_DAYS }), align: "right", cell: (row) => count(row, 0) },
    { key: "sent", header: t("sent", { count: COUNTED_DAYS }), align: "right", cell: (row) => count(row, 1) },
    { key: "updated", header: t("updated"), align: "right", cell: (row) => <time dateTime={row.updated_at}>{format.date(row.updated_at)}</time>, isHiddenOnPhone: true },
  ];
  return may("pages.write") ? [...columns, { key: "tools", header: t("actions"), align: "right", isFixed: true, cell: (row) => <RowMenu page={row} /> }] : columns;
}

/** One language of a page: its state, and where it lives. */
function Version({ version }: { version: PageLocale }) {
  const { t } = useTranslation("pages");
  const base = useQuery(sessionQuery).data?.company?.base_url ?? "";
  return (
    <Group gap={8} wrap="nowrap">
      <StateBadge version={version} isNamed />
      {version.published_slug === null ? <Text span size="sm" c="dimmed">/{version.slug}</Text> : (
        <>
          <Anchor href={`${base}/${version.published_slug}`} target="_blank" rel="noreferrer" size="sm" style={{ overflowWrap: "anywhere" }}>/{version.published_slug} <IconExternalLink size={14} aria-label={t("newTab")} style={{ verticalAlign: "-2px" }} /></Anchor>
          <CopyButton value={`${base}/${version.published_slug}`} label={t("address")} />
        </>
      )}
    </Group>
  );
}

function RowMenu({ page }: { page: PageView }) {
  const { t } = useTranslation(["pages", "common"]);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asks, setAsks] = useState<"delete" | "rename" | null>(null);
  const refresh = () => queries.invalidateQueries({ queryKey: PAGES });
  const duplicate = useMutation({ mutationFn: () => duplicatePage(page, t("copyName", { name: page.name })), onSuccess: async (pageId) => { await refresh(); await navigate({ to: "/pages/$pageId", params: { pageId } }); }, onError: toastError });
  const unpublish = useMutation({ mutationFn: (locale: string) => unpublishPage(page.id, locale), onSuccess: () => { toastDone(t("unpublishedDone")); return refresh(); }, onError: toastError });
  const remove = useMutation({ mutationFn: () => deletePage(page.id), onSuccess: refresh, onError: toastError, onSettled: () => setAsks(null) });
  return (
    // What happens in the menu and its dialogs is not a click on the row.
    <span onClick={(event) => event.stopPropagation()}>
      <Menu position="bottom-end">
        <Menu.Target><ActionIcon variant="subtle" color="gray" aria-label={t("actionsFor", { name: page.name })}><IconDots size={18} /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setAsks("rename")}>{t("rename")}</Menu.Item>
          <Menu.Item disabled={duplicate.isPending} onClick={() => duplicate.mutate()}>{t("duplicatePage")}</Menu.Item>
          {page.locales.filter((version) => version.published_slug !== null).map(({ locale }) => <Menu.Item key={locale} onClick={() => unpublish.mutate(locale)}>{t("unpublishLanguage", { locale })}</Menu.Item>)}
          <Menu.Item color="red" onClick={() => setAsks("delete")}>{t("deletePage")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense>{asks === "rename" && <RenamePage page={page} onClose={() => setAsks(null)} />}</Suspense>
      <ConfirmDialog isOpen={asks === "delete"} title={t("deletePageTitle", { name: page.name })} confirm={t("common:actions.delete")} isHarmful isBusy={remove.isPending} onConfirm={() => remove.mutate()} onCancel={() => setAsks(null)}>{t("deletePageText")}</ConfirmDialog>
    </span>
  );
}
