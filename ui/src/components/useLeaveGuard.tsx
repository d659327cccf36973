import { useBlocker } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "./ConfirmDialog";

interface Place {
  pathname: string;
  search: unknown;
}

/**
 * Asks before a screen with unsaved changes is left. Answers the dialog to draw. `isLeft` says which ways lose the changes,
 * where some do not: a screen may keep them while its address changes.
 */
export function useLeaveGuard(isDirty: boolean, isLeft: (from: Place, to: Place) => boolean = () => true) {
  const { t } = useTranslation();
  const blocker = useBlocker({ shouldBlockFn: ({ current, next }) => isDirty && isLeft(current, next), enableBeforeUnload: isDirty, withResolver: true });
  return (
    <ConfirmDialog isOpen={blocker.status === "blocked"} title={t("leave.title")} confirm={t("leave.confirm")}
      onConfirm={() => blocker.proceed?.()} onCancel={() => blocker.reset?.()}>
      {t("leave.text")}
    </ConfirmDialog>
  );
}
