import { Button, Menu } from "@mantine/core";
import { IconDownload, IconFileSpreadsheet, IconFileText } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { download } from "../components/download";
import { toastError } from "../components/problem";
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
  const take = useMutation({
    mutationFn: (format: "csv" | "xlsx") => exportRecords(entity, { selection, columns, format, name, ...(sort ? { sort } : {}) }),
    onError: toastError,
    onSuccess: ({ file, name: fileName }) => download(file, fileName),
  });
  return (
    <Menu>
      <Menu.Target><Button variant="default" loading={take.isPending} leftSection={<IconDownload size={18} stroke={1.5} />}>{t("export")}</Button></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconFileSpreadsheet size={16} stroke={1.5} />} onClick={() => take.mutate("xlsx")}>{t("asExcel")}</Menu.Item>
        <Menu.Item leftSection={<IconFileText size={16} stroke={1.5} />} onClick={() => take.mutate("csv")}>{t("asCsv")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
