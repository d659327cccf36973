import { Button } from "@mantine/core";
import { IconCloudOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "./EmptyState";
import { describeError } from "./problem";

/** In place of what could not be read: why, and a way to try again. */
export function QueryProblem({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <div role="alert">
      <EmptyState
        icon={IconCloudOff}
        title={t("errors.title")}
        hint={describeError(error)}
        actions={<Button variant="default" onClick={onRetry}>{t("actions.retry")}</Button>}
      />
    </div>
  );
}
