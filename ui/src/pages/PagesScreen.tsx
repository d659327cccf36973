import { Anchor, Badge, Button, Group, Stack, Tabs, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconExternalLink, IconLayout, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import { DataTable, type Column } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { fetchPages, PAGES, type PageView } from "./api";
import { CopyAddress } from "./CopyAddress";
import { Magnets } from "./Magnets";

const CreatePage = lazy(() => import("./CreatePage"));

/** The company's pages, and what it gives for an address. */
export function PagesScreen() {
  const { t } = useTranslation(["pages", "common"]);
  const { tab } = useSearch({ from: "/app/pages" });
  const navigate = useNavigate();
  return (
    <div>
      <PageHeader title={t("common:nav.pages")} lead={t("lead")} />
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
  const navigate = useNavigate();
  const may = useMay();
  const columns = useColumns();
  const [isCreating, creating] = useDisclosure(false);
  const open = (pageId: string) => void navigate({ to: "/pages/$pageId", params: { pageId } });
  const add = may("pages.write") && <Button leftSection={<IconPlus size={18} stroke={1.5} />} onClick={creating.open}>{t("add")}</Button>;
  return (
    <>
      <Group justify="flex-end" mb="sm">{add}</Group>
      <DataTable<PageView> id="pages" label={t("common:nav.pages")} columns={columns} queryKey={[...PAGES, "list"]} fetchPage={(_, signal) => fetchPages(signal)}
        rowKey={(row) => row.id} rowName={(row) => row.name} onOpen={(row) => open(row.id)} empty={<EmptyState icon={IconLayout} title={t("empty")} hint={t("emptyHint")} />} />
      <Suspense>{isCreating && <CreatePage onClose={creating.close} onDone={open} />}</Suspense>
    </>
  );
}

function useColumns(): Column<PageView>[] {
  const { t } = useTranslation("pages");
  const format = useFormat();
  const base = useQuery(sessionQuery).data?.company?.base_url ?? "";
  return [
    { key: "name", header: t("name"), cell: (row) => <Anchor component={Link} to={`/pages/${row.id}`} size="sm" fw={550} c="inherit">{row.name}</Anchor> },
    {
      key: "locales",
      header: t("languages"),
      cell: (row) => (
        <Group gap={4}>
          {row.locales.map((version) => (
            <Badge key={version.locale} variant={version.published_slug === null ? "outline" : "light"} color={version.published_slug === null ? "gray" : "fjord"}>
              {version.locale}{version.has_draft ? ` · ${t("draft")}` : ""}
            </Badge>
          ))}
        </Group>
      ),
    },
    {
      key: "address",
      header: t("address"),
      cell: (row) => {
        const live = row.locales.filter((version) => version.published_slug !== null);
        if (live.length === 0) return <Text span size="sm" c="dimmed">{t("notPublished")}</Text>;
        return (
          <Stack gap={0}>
            {live.map((version) => (
              <Group key={version.locale} gap={4} wrap="nowrap">
                <Anchor href={`${base}/${version.published_slug}`} target="_blank" rel="noreferrer" size="sm" style={{ overflowWrap: "anywhere" }}>/{version.published_slug} <IconExternalLink size={14} aria-label={t("newTab")} style={{ verticalAlign: "-2px" }} /></Anchor>
                <CopyAddress value={`${base}/${version.published_slug}`} />
              </Group>
            ))}
          </Stack>
        );
      },
    },
    { key: "updated", header: t("updated"), align: "right", cell: (row) => <time dateTime={row.updated_at}>{format.date(row.updated_at)}</time>, isHiddenOnPhone: true },
  ];
}
