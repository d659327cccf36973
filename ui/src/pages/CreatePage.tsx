import { Modal, Radio, Select, Stack, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import { FormButtons } from "../components/FormButtons";
import { FormProblem } from "../components/FormProblem";
import { useApiForm } from "../components/useApiForm";
import { languageName } from "../contacts/ContactsScreen";
import { createPage, PAGES } from "./api";
import { starterDoc, STARTERS, type Starter } from "./starters";

export default function CreatePage({ onClose, onDone }: { onClose: () => void; onDone: (id: string) => void }) {
  const { t } = useTranslation(["pages", "common"]);
  const queries = useQueryClient();
  const locales = useQuery(sessionQuery).data?.company?.locales ?? ["en"];
  const { form, onSubmit, isSending, problem } = useApiForm(
    { initialValues: { name: "", locale: locales[0] ?? "en", starter: "guide" as Starter }, validate: { name: (name: string) => (name.trim() ? null : t("nameMissing")) } },
    ({ name, locale, starter }) => createPage({ name, locale, doc: starterDoc(starter, name, locale) }),
    async ({ page }) => {
      await queries.invalidateQueries({ queryKey: [...PAGES, "list"] });
      onDone(page.id);
    },
  );
  return (
    <Modal opened onClose={onClose} title={t("add")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="md">
          <FormProblem message={problem} />
          <TextInput label={t("name")} description={t("nameHelp")} data-autofocus key={form.key("name")} {...form.getInputProps("name")} />
          <Select label={t("language")} allowDeselect={false} data={locales.map((value) => ({ value, label: languageName(value) }))} key={form.key("locale")} {...form.getInputProps("locale")} />
          <Radio.Group label={t("startWith")} key={form.key("starter")} {...form.getInputProps("starter")}>
            <Stack gap="sm" mt={8}>{STARTERS.map((starter) => <Radio key={starter} value={starter} label={t(`starters.${starter}`)} description={t(`starterHints.${starter}`)} />)}</Stack>
          </Radio.Group>
          <FormButtons onCancel={onClose} isSending={isSending} label={t("add")} />
        </Stack>
      </form>
    </Modal>
  );
}
