import { Button, Loader, Menu } from "@mantine/core";
import { IconDownload, IconFileSpreadsheet, IconFileText, IconId } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { download } from "../components/download";
import { toastError } from "../components/problem";
import { useFormat } from "../i18n";

export interface FileChoice {
  format: "csv" | "xlsx" | "vcf";
  /** Whether a CSV begins with what tells Excel how it is written. */
  mark: boolean;
}

interface Props {
  take: (choice: FileChoice, onBytes: (bytes: number) => void) => Promise<{ file: Blob; name: string }>;
  hasCards?: boolean;
}

/** A list as a file, in a format of one's choice; tells how much of it has come. */
export function FileMenu({ take, hasCards = false }: Props) {
  const { t } = useTranslation("records");
  const format = useFormat();
  const [bytes, setBytes] = useState(0);
  const { mutate, isPending } = useMutation({
    mutationFn: (choice: FileChoice) => take(choice, setBytes),
    onMutate: () => setBytes(0),
    onError: toastError,
    onSuccess: ({ file, name }) => download(file, name),
  });
  return (
    <Menu>
      <Menu.Target><Button variant="default" disabled={isPending} aria-busy={isPending} leftSection={isPending ? <Loader size={16} /> : <IconDownload size={18} stroke={1.5} />}>{isPending ? t("exporting", { megabytes: format.integer(Math.round(bytes / 1e6)) }) : t("export")}</Button></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconFileSpreadsheet size={16} stroke={1.5} />} onClick={() => mutate({ format: "xlsx", mark: false })}>{t("asExcel")}</Menu.Item>
        <Menu.Item leftSection={<IconFileText size={16} stroke={1.5} />} onClick={() => mutate({ format: "csv", mark: false })}>{t("asCsv")}</Menu.Item>
        <Menu.Item leftSection={<IconFileText size={16} stroke={1.5} />} onClick={() => mutate({ format: "csv", mark: true })}>{t("asCsvForExcel")}</Menu.Item>
        {hasCards && <Menu.Item leftSection={<IconId size={16} stroke={1.5} />} onClick={() => mutate({ format: "vcf", mark: false })}>{t("asCards")}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
