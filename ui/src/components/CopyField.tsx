import { ActionIcon, Text, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "./CopyField.module.css";

interface Props {
  /** What is copied, and shown when no other content is given. */
  value: string;
  label: string;
  isLabelHidden?: boolean;
  /** More than one line. */
  isBlock?: boolean;
  /** Further buttons beside the one that copies. */
  actions?: ReactNode;
}

/** A text to take elsewhere: a key, an address, a DNS record, a snippet. */
export function CopyField({ value, label, isLabelHidden = false, isBlock = false, actions }: Props) {
  return (
    <div>
      {!isLabelHidden && <Text size="sm" fw={550} mb={4}>{label}</Text>}
      <div className={classes["root"]} data-block={isBlock || undefined}>
        {/* Reached by keyboard, so that what does not fit can be scrolled to. */}
        <code className={classes["text"]} tabIndex={0} role="textbox" aria-readonly="true" aria-label={label}>{value}</code>
        <span className={classes["actions"]}>
          {actions}
          <CopyButton value={value} label={label} />
        </span>
      </div>
    </div>
  );
}

export function CopyButton({ value, label }: { value: string; label: string }) {
  const { t } = useTranslation();
  const clipboard = useClipboard({ timeout: 2_000 });
  const said = clipboard.copied ? t("copy.done") : t("copy.copy", { what: label });
  return (
    <Tooltip label={said}>
      <ActionIcon aria-label={said} color={clipboard.copied ? "fjord" : "gray"} onClick={() => clipboard.copy(value)}>
        {clipboard.copied ? <IconCheck size={16} /> : <IconCopy size={16} stroke={1.5} />}
      </ActionIcon>
    </Tooltip>
  );
}
