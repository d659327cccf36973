import { Button, Group, type MantineSpacing } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  onCancel: () => void;
  isSending: boolean;
  /** What sending does; “Save” when absent. */
  label?: string;
  isDisabled?: boolean;
  mt?: MantineSpacing;
}

/** How a form in a dialog ends: leave it, or send it. */
export function FormButtons({ onCancel, isSending, label, isDisabled = false, mt }: Props) {
  const { t } = useTranslation("common");
  return (
    <Group justify="flex-end" {...(mt ? { mt } : {})}>
      <Button variant="default" onClick={onCancel}>{t("actions.cancel")}</Button>
      <Button type="submit" loading={isSending} disabled={isDisabled}>{label ?? t("actions.save")}</Button>
    </Group>
  );
}
