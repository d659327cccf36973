import { ActionIcon, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

export function CopyAddress({ value }: { value: string }) {
  const { t } = useTranslation("pages");
  const clipboard = useClipboard({ timeout: 2_000 });
  const said = clipboard.copied ? t("copied") : t("copy");
  return (
    <Tooltip label={said}>
      <ActionIcon size="sm" aria-label={said} color={clipboard.copied ? "fjord" : "gray"} onClick={() => clipboard.copy(value)}>
        {clipboard.copied ? <IconCheck size={14} /> : <IconCopy size={14} stroke={1.5} />}
      </ActionIcon>
    </Tooltip>
  );
}
