import { Button, FileButton, Text } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Dropzone.module.css";

const ACCEPTED = ".csv,.tsv,.txt,.vcf,.xlsx,.jsonl,.ndjson,.json,.parquet,.gz";

/** Takes a file that is dropped on it or chosen. */
export function Dropzone({ isBusy, onFile }: { isBusy: boolean; onFile: (file: File) => void }) {
  const { t } = useTranslation("imports");
  const [isOver, setIsOver] = useState(false);
  const take = (file: File | null | undefined) => {
    if (file && !isBusy) onFile(file);
  };
  return (
    <div className={classes["root"]} data-over={isOver || undefined} aria-busy={isBusy}
      onDragOver={(event) => { event.preventDefault(); setIsOver(true); }} onDragLeave={() => setIsOver(false)}
      onDrop={(event) => { event.preventDefault(); setIsOver(false); take(event.dataTransfer.files[0]); }}>
      <IconFileUpload size={32} stroke={1.25} aria-hidden />
      <Text fw={550}>{isBusy ? t("uploading") : t("drop")}</Text>
      <Text size="sm" c="dimmed">{t("formats")}</Text>
      <FileButton onChange={take} accept={ACCEPTED}>
        {(props) => <Button {...props} mt={8} loading={isBusy}>{t("choose")}</Button>}
      </FileButton>
    </div>
  );
}
