import { Anchor, Badge, Text } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { DataTable, type Column } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { toastError } from "../components/problem";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { fetchImports, IMPORTS, uploadImport, type ImportState, type ImportView } from "./api";
import { Dropzone } from "./Dropzone";

const STATE_COLORS: Record<ImportState, string> = { ready: "gray", checking: "blue", running: "blue", done: "fjord", failed: "red", cancelled: "gray", undoing: "blue", undone: "gray" };

/** What a company brought in from elsewhere, and the way to bring in more. */
export function ImportsScreen() {
  const { t } = useTranslation(["imports", "common"]);
  const navigate = useNavigate();
  const may = useMay();
  const columns = useColumns();
  const open = (importId: string) => void navigate({ to: "/imports/$importId", params: { importId } });
  const upload = useMutation({ mutationFn: uploadImport, onSuccess: ({ id }) => open(id), onError: toastError });
  return (
    <div>
      <PageHeader title={t("common:nav.imports")} lead={t("lead")} />
      {may("imports.write") && <Dropzone isBusy={upload.isPending} onFile={(file) => upload.mutate(file)} />}
      <DataTable<ImportView> id="imports" label={t("common:nav.imports")} columns={columns} queryKey={[...IMPORTS, "list"]} fetchPage={fetchImports}
        rowKey={(row) => row.id} rowName={(row) => row.file_name} onOpen={(row) => open(row.id)}
        empty={<EmptyState icon={IconFileImport} title={t("empty")} hint={t("emptyHint")} />} />
    </div>
  );
}

export function StateBadge({ state }: { state: ImportState }) {
  const { t } = useTranslation("imports");
  return <Badge color={STATE_COLORS[state]} variant="light">{t(`state.${state}`)}</Badge>;
}

function useColumns(): Column<ImportView>[] {
  const { t } = useTranslation("imports");
  const format = useFormat();
  const dash = <Text span c="dimmed">–</Text>;
  const taken = ({ counts, mapping }: ImportView) => {
    switch (mapping?.kind) {
      case "contacts": return counts.contacts_added + counts.contacts_changed;
      case "companies": return counts.companies_added + counts.companies_changed;
      case "deals": return counts.deals_added;
      default: return counts.events_added;
    }
  };
  return [
    { key: "file", header: t("file"), cell: (row) => <Anchor component={Link} to={`/imports/${row.id}`} size="sm" fw={550} c="inherit" style={{ overflowWrap: "anywhere" }}>{row.file_name}</Anchor> },
    { key: "state", header: t("stateLabel"), cell: (row) => <StateBadge state={row.state} /> },
    { key: "rows", header: t("rows"), align: "right", cell: (row) => (row.counts.rows ? format.integer(row.counts.rows) : dash) },
    { key: "taken", header: t("taken"), align: "right", cell: (row) => (taken(row) ? format.integer(taken(row)) : dash), isHiddenOnPhone: true },
    { key: "refused", header: t("refused"), align: "right", cell: (row) => (row.counts.refused ? format.integer(row.counts.refused) : dash) },
    { key: "created", header: t("created"), align: "right", cell: (row) => <time dateTime={row.created_at}>{format.date(row.created_at, "datetime")}</time>, isHiddenOnPhone: true },
  ];
}
