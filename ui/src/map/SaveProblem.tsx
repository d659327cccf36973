import { Button, Stack } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { FormProblem } from "../components/FormProblem";
import { describeError } from "../components/problem";
import type { FunnelDraft } from "./useFunnelDraft";

/** Why it could not be saved, where it is said at no field of this panel. */
export function SaveProblem({ draft, index }: { draft: FunnelDraft; index: number | null }) {
  const { t } = useTranslation("map");
  if (!draft.error || (index !== null && draft.errorAt(`stages.${index}`))) return null;
  return (
    <Stack gap="sm">
      <FormProblem message={describeError(draft.error)} />
      {draft.isPassed && <div><Button variant="default" leftSection={<IconRefresh size={16} />} onClick={draft.reload}>{t("loadNew")}</Button></div>}
    </Stack>
  );
}
