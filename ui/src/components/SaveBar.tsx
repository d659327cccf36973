import { Button, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "./SaveBar.module.css";

interface Props {
  isDirty: boolean;
  isSaving: boolean;
  onDiscard?: () => void;
  /** Of the form it submits, when it stands outside of it. */
  form?: string;
  label?: string;
}

/** At the foot of a form: stays in view, and comes to life with the first change. */
export function SaveBar({ isDirty, isSaving, onDiscard, form, label }: Props) {
  const { t } = useTranslation();
  return (
    <div className={classes["root"]} data-dirty={isDirty || undefined}>
      <Text size="sm" c="dimmed" aria-live="polite">{isDirty ? t("save.unsaved") : t("save.saved")}</Text>
      <span className={classes["actions"]}>
        {onDiscard && <Button type="button" variant="default" disabled={!isDirty || isSaving} onClick={onDiscard}>{t("save.discard")}</Button>}
        <Button type="submit" disabled={!isDirty} loading={isSaving} {...(form ? { form } : {})}>{label ?? t("actions.save")}</Button>
      </span>
    </div>
  );
}
