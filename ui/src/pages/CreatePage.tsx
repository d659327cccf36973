import { Button, Group, Modal, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import { FormProblem } from "../components/FormProblem";
import { useApiForm } from "../components/useApiForm";
import { createPage, PAGES } from "./api";
import { starterDoc } from "./starters";

export default function CreatePage({ onClose, onDone }: { onClose: () => void; onDone: (id: string) => void }) {
  const { t } = useTranslation(["pages", "common"]);
  const queries = useQueryClient();
  const locales = useQuery(sessionQuery).data?.company?.locales ?? ["en"];
  const { form, onSubmit, isSending, problem } = useApiForm(
    { initialValues: { name: "", locale: locales[0] ?? "en", start: "lead" }, validate: { name: (name: string) => (name.trim() ? null : t("nameMissing")) } },
    ({ name, locale, start }) => createPage({ name, locale, ...(start === "lead" ? { doc: starterDoc(name, locale) } : {}) }),
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
          <TextInput label={t("name")} data-autofocus key={form.key("name")} {...form.getInputProps("name")} />
          <Select label={t("language")} allowDeselect={false} data={locales} key={form.key("locale")} {...form.getInputProps("locale")} />
          <div>
            <Text size="sm" fw={550} mb={4}>{t("startWith")}</Text>
            <SegmentedControl fullWidth aria-label={t("startWith")} data={[{ value: "lead", label: t("startLead") }, { value: "blank", label: t("startBlank") }]} key={form.key("start")} {...form.getInputProps("start")} />
          </div>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t("common:actions.cancel")}</Button>
            <Button type="submit" loading={isSending}>{t("add")}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
