import { Modal, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { FormButtons } from "../components/FormButtons";
import { FormProblem } from "../components/FormProblem";
import { useApiForm } from "../components/useApiForm";
import { addInsight } from "./boards/tiles";
import type { InsightQuery } from "./question";
import { changeDashboard, createSaved, dashboardQuery, dashboardsQuery, DESCRIPTION_MAX, forgetLists, NAME_MAX, type Saved } from "./saved";

interface Props {
  title: string;
  name: string;
  description?: string;
  body: { query: InsightQuery; view: Record<string, unknown> };
  onClose: () => void;
  onSaved: (saved: Saved) => void;
}

/** Gives a question a name, and a place on a dashboard where one is wanted. */
export default function SaveInsight({ title, name, description = "", body, onClose, onSaved }: Props) {
  const { t } = useTranslation(["insights", "common"]);
  const queries = useQueryClient();
  const { data: dashboards } = useQuery(dashboardsQuery);
  const { form, onSubmit, isSending, problem } = useApiForm(
    { initialValues: { name, description, dashboard: "" }, validate: { name: (text: string) => (text.trim() ? null : t("nameMissing")) } },
    async (values) => {
      const saved = await createSaved({ name: values.name, description: values.description, ...body });
      if (values.dashboard) {
        const board = await queries.query({ ...dashboardQuery(values.dashboard), staleTime: 0 });
        await changeDashboard(board.id, { tiles: addInsight(board.tiles, saved), base_version: board.version });
      }
      return saved;
    },
    (saved) => {
      forgetLists(queries);
      onSaved(saved);
    },
  );
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="md">
          <FormProblem message={problem} />
          <TextInput label={t("name")} data-autofocus maxLength={NAME_MAX} key={form.key("name")} {...form.getInputProps("name")} />
          <Textarea label={t("description")} description={t("descriptionHint")} autosize minRows={2} maxRows={6} maxLength={DESCRIPTION_MAX} key={form.key("description")} {...form.getInputProps("description")} />
          {dashboards && dashboards.items.length > 0 && (
            <Select label={t("onDashboard")} searchable key={form.key("dashboard")} {...form.getInputProps("dashboard")}
              data={[{ value: "", label: t("onNoDashboard") }, ...dashboards.items.map((board) => ({ value: board.id, label: board.name }))]} />
          )}
          <FormButtons onCancel={onClose} isSending={isSending} />
        </Stack>
      </form>
    </Modal>
  );
}
