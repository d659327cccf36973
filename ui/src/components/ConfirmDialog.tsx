import { Button, Group, Modal, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  isOpen: boolean;
  /** The question, such as "Delete 3 contacts?". */
  title?: string;
  /** What follows from saying yes. */
  children?: ReactNode;
  /** The verb on the button. */
  confirm: string;
  /** Red, and says that it cannot be undone. */
  isHarmful?: boolean;
  isBusy?: boolean;
  onConfirm: () => void;
  onCancel: () => void;
}

/** Asks before something is done. Focus begins on Cancel when it does harm. */
export function ConfirmDialog({ isOpen, title, children, confirm, isHarmful = false, isBusy = false, onConfirm, onCancel }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={isOpen} onClose={onCancel} title={title ?? t("confirm.title")} withCloseButton={false}>
      {children && <Text size="sm">{children}</Text>}
      {isHarmful && <Text size="sm" c="dimmed" mt={children ? 8 : 0}>{t("confirm.cannotUndo")}</Text>}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onCancel} {...(isHarmful ? { "data-autofocus": true } : {})}>{t("actions.cancel")}</Button>
        <Button color={isHarmful ? "red" : "fjord"} loading={isBusy} onClick={onConfirm} {...(isHarmful ? {} : { "data-autofocus": true })}>
          {confirm}
        </Button>
      </Group>
    </Modal>
  );
}
