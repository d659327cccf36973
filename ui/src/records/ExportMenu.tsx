import { Button, Loader, Menu } from "@mantine/core";
import { IconDownload, IconFileSpreadsheet, IconFileText, IconId } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { download } from "../components/download";
import { toastError } from "../components/problem";
import { useFormat } from "../i18n";
import { exportRecords, type BulkRequest, type Entity } from "./api";

interface Props {
  entity: Entity;
  selection: NonNullable<BulkRequest["selection"]>;
  sort: string | undefined;
  columns: { field: string; label: string }[];
  name: string;
}

/** Exactly what the list shows, as a file. */
export function ExportMenu({ entity, selection, sort, columns, name }: Props) {
  const { t } = useTranslation("records");
  const format = useFormat();
  const [bytes, setBytes] = useState(0);
  const take = useMutation({
    mutationFn: ({ format, mark }: { format: "csv" | "xlsx" | "vcf"; mark: boolean }) =>
      exportRecords(entity, { selection, columns, format, name, byte_order_mark: mark, ...(sort ? { sort } : {}) }, setBytes),
    onMutate: () => setBytes(0),
    onError: toastError,
    onSuccess: ({ file, name: fileName }) => download(file, fileName),
  });
  return (
    <Menu>
      <Menu.Target><Button variant="default" disabled={take.isPending} aria-busy={take.isPending} leftSection={take.isPending ? <Loader size={16} /> : <IconDownload size={18} stroke={1.5} />}>{take.isPending ? t("exporting", { megabytes: format.integer(Math.round(bytes / 1e6)) }) : t("export")}</Button></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconFileSpreadsheet size={16} stroke={1.5} />} onClick={() => take.mutate({ format: "xlsx", mark: false })}>{t("asExcel")}</Menu.Item>
        <Menu.Item leftSection={<IconFileText size={16} stroke={1.5} />} onClick={() => take.mutate({ format: "csv", mark: false })}>{t("asCsv")}</Menu.Item>
        <Menu.Item leftSection={<IconFileText size={16} stroke={1.5} />} onClick={() => take.mutate({ format: "csv", mark: true })}>{t("asCsvForExcel")}</Menu.Item>
        {entity === "contact" && <Menu.Item leftSection={<IconId size={16} stroke={1.5} />} onClick={() => take.mutate({ format: "vcf", mark: false })}>{t("asCards")}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
