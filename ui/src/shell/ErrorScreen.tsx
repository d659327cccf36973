import { Button, Code } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { EmptyState } from "../components/EmptyState";
import { describeError } from "../components/problem";

/** A part that was built anew has another name; the page that asks for the old one must be loaded again. */
const isOutdated = (error: unknown) => error instanceof Error && /dynamically imported module|Importing a module script/.test(error.message);

/** What a failing screen leaves behind; the frame around it goes on working. */
export function ErrorScreen({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const hint = error instanceof ApiProblem ? describeError(error) : isOutdated(error) ? t("errors.outdated") : t("errors.screen");
  const details = error instanceof Error && !(error instanceof ApiProblem) && !isOutdated(error) ? error.message : null;
  return (
    <div role="alert">
      <EmptyState
        icon={IconAlertTriangle}
        title={t("errors.title")}
        hint={
          <>
            {hint}
            {details && <Code block mt="md" ta="left" aria-label={t("errors.details")}>{details}</Code>}
          </>
        }
        actions={<Button onClick={() => location.reload()}>{t("errors.reload")}</Button>}
      />
    </div>
  );
}
