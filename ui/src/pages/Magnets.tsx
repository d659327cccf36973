import { Anchor, Badge, Button, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconGift, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { DataTable, type Column } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { filesQuery } from "../api/files";
import { MAGNETS, type Magnet } from "./api";

const MagnetForm = lazy(() => import("./MagnetForm"));

export function AddMagnet() {
  const { t } = useTranslation("pages");
  const may = useMay();
  const [isAdding, adding] = useDisclosure(false);
  if (!may("pages.write")) return null;
  return (
    <>
      <Button leftSection={<IconPlus size={18} stroke={1.5} />} onClick={adding.open}>{t("addMagnet")}</Button>
      <Suspense>{isAdding && <MagnetForm magnet={null} onClose={adding.close} />}</Suspense>
    </>
  );
}

/** What people give their address for. */
export function Magnets() {
  const { t } = useTranslation("pages");
  const format = useFormat();
  const may = useMay();
  const files = useQuery(filesQuery).data?.items ?? [];
  const [edited, setEdited] = useState<Magnet | null>(null);
  const mayWrite = may("pages.write");
  const gift = (row: Magnet) => {
    if (row.kind === "file") return files.find(({ id }) => id === row.file_id)?.name ?? "–";
    return row.kind === "code" ? row.code : row.url;
  };
  const columns: Column<Magnet>[] = [
    { key: "name", header: t("name"), cell: (row) => (mayWrite ? <Anchor component="button" type="button" size="sm" fw={550} c="inherit" onClick={() => setEdited(row)}>{row.name}</Anchor> : row.name) },
    { key: "kind", header: t("gift"), cell: (row) => <Stack gap={2} align="flex-start"><Badge color="gray" variant="light">{t(`gifts.${row.kind}`)}</Badge><Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>{gift(row)}</Text></Stack> },
    { key: "downloads", header: t("downloads"), align: "right", cell: (row) => format.integer(row.downloads) },
    { key: "updated", header: t("updated"), align: "right", cell: (row) => <time dateTime={row.updated_at}>{format.date(row.updated_at)}</time>, isHiddenOnPhone: true },
  ];
  return (
    <>
      <DataTable<Magnet> id="magnets" label={t("magnets")} columns={columns} queryKey={[...MAGNETS, "list"]}
        fetchPage={async (_, signal) => ({ ...(await api.get<{ items: Magnet[] }>("/magnets", { signal })), next_cursor: null })}
        rowKey={(row) => row.id} rowName={(row) => row.name} {...(mayWrite ? { onOpen: setEdited } : {})} empty={<EmptyState icon={IconGift} title={t("noMagnets")} hint={t("noMagnetsHint")} actions={<AddMagnet />} />} />
      <Suspense>{edited && <MagnetForm magnet={edited} onClose={() => setEdited(null)} />}</Suspense>
    </>
  );
}
