import { Modal, Stack, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { FormButtons } from "../components/FormButtons";
import { FormProblem } from "../components/FormProblem";
import { useApiForm } from "../components/useApiForm";
import { PAGES, renamePage, type PageContent, type PageView } from "./api";

/** What those who make it call it; visitors never see it. */
export default function RenamePage({ page, onClose }: { page: PageView; onClose: () => void }) {
  const { t } = useTranslation(["pages", "common"]);
  const queries = useQueryClient();
  const { form, onSubmit, isSending, problem } = useApiForm(
    { initialValues: { name: page.name }, validate: { name: (name: string) => (name.trim() ? null : t("nameMissing")) } },
    ({ name }) => renamePage(page.id, name),
    ({ page: { name } }) => {
      // An open editor keeps what is written in it: only the name is new there.
      queries.setQueriesData<PageContent>({ queryKey: [...PAGES, page.id] }, (known) => known && { ...known, page: { ...known.page, name } });
      void queries.invalidateQueries({ queryKey: [...PAGES, "list"] });
      onClose();
    },
  );
  return (
    <Modal opened onClose={onClose} title={t("rename")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="md">
          <FormProblem message={problem} />
          <TextInput label={t("name")} description={t("nameHelp")} data-autofocus key={form.key("name")} {...form.getInputProps("name")} />
          <FormButtons onCancel={onClose} isSending={isSending} />
        </Stack>
      </form>
    </Modal>
  );
}
