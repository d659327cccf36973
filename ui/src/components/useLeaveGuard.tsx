import { useBlocker } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "./ConfirmDialog";

/** Asks before a screen with unsaved changes is left. Answers the dialog to draw. */
export function useLeaveGuard(isDirty: boolean) {
  const { t } = useTranslation();
  const blocker = useBlocker({ shouldBlockFn: () => isDirty, enableBeforeUnload: isDirty, withResolver: true });
  return (
    <ConfirmDialog isOpen={blocker.status === "blocked"} title={t("leave.title")} confirm={t("leave.confirm")}
      onConfirm={() => blocker.proceed?.()} onCancel={() => blocker.reset?.()}>
      {t("leave.text")}
    </ConfirmDialog>
  );
}
