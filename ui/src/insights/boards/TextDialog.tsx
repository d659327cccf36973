import { Button, Group, Modal, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { TEXT_MAX } from "./tiles";

/** Writes the text of a tile. */
export default function TextDialog({ text, onSave, onClose }: { text: string; onSave: (text: string) => void; onClose: () => void }) {
  const { t } = useTranslation(["insights", "common"]);
  const [written, setWritten] = useState(text);
  return (
    <Modal opened onClose={onClose} title={t("textTile")} size="lg" closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <Textarea data-autofocus aria-label={t("textTile")} description={t("textHint")} autosize minRows={6} maxRows={16} maxLength={TEXT_MAX} value={written} onChange={(event) => setWritten(event.currentTarget.value)} />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>{t("common:actions.cancel")}</Button>
        <Button disabled={written.trim() === ""} onClick={() => onSave(written)}>{t("common:actions.save")}</Button>
      </Group>
    </Modal>
  );
}
