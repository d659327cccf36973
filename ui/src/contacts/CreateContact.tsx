import { Modal, Select, SimpleGrid, Stack, TagsInput, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import { FormButtons } from "../components/FormButtons";
import { FormProblem } from "../components/FormProblem";
import { useApiForm } from "../components/useApiForm";
import { CONTACTS, createContact, type Contact } from "./api";
import { languageName } from "./ContactsScreen";

interface Props {
  onClose: () => void;
  onDone: (contact: Contact) => void;
}

export default function CreateContact({ onClose, onDone }: Props) {
  const { t } = useTranslation(["contacts", "common"]);
  const queries = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const locales = session?.company?.locales ?? ["en"];
  const { form, onSubmit, isSending, problem } = useApiForm(
    {
      mode: "controlled",
      initialValues: { first_name: "", last_name: "", email: "", phone: "", company: "", locale: locales[0] ?? "en", tags: [] as string[] },
      validate: (values) => {
        const isNobody = [values.first_name, values.last_name, values.email].every((text) => text.trim() === "");
        return isNobody ? { first_name: t("nameOrEmail") } : {};
      },
    },
    createContact,
    async (contact) => {
      await queries.invalidateQueries({ queryKey: [...CONTACTS, "list"] });
      onDone(contact);
    },
  );
  const field = form.getInputProps;
  return (
    <Modal opened onClose={onClose} title={t("add")} size="lg" closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="md">
          <FormProblem message={problem} />
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
            <TextInput label={t("firstName")} autoComplete="off" data-autofocus {...field("first_name")} />
            <TextInput label={t("lastName")} autoComplete="off" {...field("last_name")} />
          </SimpleGrid>
          <TextInput label={t("email")} description={t("emailHint")} type="email" autoComplete="off" {...field("email")} />
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
            <TextInput label={t("phone")} type="tel" autoComplete="off" {...field("phone")} />
            <TextInput label={t("company")} autoComplete="off" {...field("company")} />
            <Select label={t("language")} data={locales.map((code) => ({ value: code, label: languageName(code) }))} {...field("locale")} />
            <TagsInput label={t("tags")} placeholder={t("tagsHint")} {...field("tags")} />
          </SimpleGrid>
          <FormButtons onCancel={onClose} isSending={isSending} label={t("add")} mt="xs" />
        </Stack>
      </form>
    </Modal>
  );
}
