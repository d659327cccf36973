import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Deal } from "./api";

interface Props {
  deal: Deal;
  outcome: "won" | "lost";
  isBusy?: boolean;
  onConfirm: (reason: string) => void;
  onClose: () => void;
}

const REASON_CHARS_MAX = 500;

/** Asks why before a deal is closed: what is learnt from it is in the reasons. */
export default function CloseDeal({ deal, outcome, isBusy = false, onConfirm, onClose }: Props) {
  const { t } = useTranslation(["deals", "common"]);
  const [reason, setReason] = useState("");
  return (
    <Modal opened onClose={onClose} title={t(outcome === "won" ? "winTitle" : "loseTitle", { title: deal.title })} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={(event) => { event.preventDefault(); onConfirm(reason.trim()); }}>
        <Stack gap="md">
          <Text size="sm" c="dimmed">{t(outcome === "won" ? "winHint" : "loseHint")}</Text>
          <Textarea label={t(outcome === "won" ? "winReason" : "loseReason")} data-autofocus autosize minRows={2} maxRows={6} maxLength={REASON_CHARS_MAX} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t("common:actions.cancel")}</Button>
            <Button type="submit" loading={isBusy}>{t(outcome === "won" ? "win" : "lose")}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
