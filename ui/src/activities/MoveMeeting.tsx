import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n";
import type { Activity } from "./api";
import { fromCivil, toCivil } from "./zoned";

interface Props {
  activity: Activity;
  onMove: (at: string) => void;
  onClose: () => void;
}

/** When a meeting begins instead. */
export default function MoveMeeting({ activity, onMove, onClose }: Props) {
  const { t } = useTranslation(["activities", "common"]);
  const { timeZone } = useFormat();
  const [civil, setCivil] = useState(toCivil(activity.at, timeZone));
  const at = fromCivil(civil, timeZone);
  return (
    <Modal opened onClose={onClose} title={t("moveMeeting")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={(event) => { event.preventDefault(); if (at) onMove(at); }}>
        <Stack gap="md">
          <TextInput type="datetime-local" label={t("begins")} data-autofocus value={civil} onChange={(event) => setCivil(event.currentTarget.value)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t("common:actions.cancel")}</Button>
            <Button type="submit" disabled={!at || at === activity.at}>{t("moveMeeting")}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
