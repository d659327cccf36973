import { Modal, SimpleGrid, Stack, Textarea, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { FormButtons } from "../components/FormButtons";
import { FormProblem } from "../components/FormProblem";
import { useApiForm } from "../components/useApiForm";
import { fieldsQuery } from "../records/api";
import { customFields } from "../records/fields";
import { ValueInput } from "../records/ValueInput";
import { COMPANIES, createCompany, type Company } from "./api";

export default function CreateCompany({ onClose, onDone }: { onClose: () => void; onDone: (company: Company) => void }) {
  const { t, i18n } = useTranslation(["records", "contacts", "common"]);
  const queries = useQueryClient();
  const { data } = useQuery(fieldsQuery("company"));
  const required = customFields((data?.items ?? []).filter((field) => field.is_required && !field.is_fixed), i18n.language);
  const [values, setValues] = useState<Record<string, unknown>>({});
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const { form, onSubmit, isSending, problem } = useApiForm(
    { mode: "controlled", initialValues: { name: "", domain: "", organisation_number: "", phone: "", address: "" }, validate: { name: (name) => (name.trim() ? null : t("common:form.required")) } },
    async (written) => {
      setWrong({});
      try {
        // Empty texts say nothing, and a role may not write every field.
        const told = Object.fromEntries(Object.entries(written).filter(([, text]) => text.trim() !== ""));
        return await createCompany({ ...told, ...(Object.keys(values).length > 0 ? { fields: values } : {}) });
      } catch (error) {
        if (error instanceof ApiProblem) setWrong(Object.fromEntries(error.fields.map(({ field, detail }) => [field, detail])));
        throw error;
      }
    },
    async (company) => {
      await queries.invalidateQueries({ queryKey: [...COMPANIES, "list"] });
      onDone(company);
    },
  );
  const isOpen = (name: string) => !(data?.fixed ?? []).includes(name);
  const field = form.getInputProps;
  return (
    <Modal opened onClose={onClose} title={t("addCompany")} size="lg" closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="md">
          <FormProblem message={problem} />
          <TextInput label={t("contacts:name")} autoComplete="off" data-autofocus {...field("name")} />
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
            {isOpen("domain") && <TextInput label={t("domain")} description={t("domainHint")} placeholder="acme.no" autoComplete="off" {...field("domain")} />}
            {isOpen("organisation_number") && <TextInput label={t("organisationNumber")} description=" " autoComplete="off" {...field("organisation_number")} />}
            {isOpen("phone") && <TextInput label={t("contacts:phone")} type="tel" autoComplete="off" {...field("phone")} />}
            {isOpen("address") && <Textarea label={t("address")} autosize minRows={1} maxRows={5} {...field("address")} />}
            {required.map((one) => <ValueInput key={one.name} field={one} label={one.label} required error={wrong[one.name]} value={values[one.name.slice("fields.".length)] ?? null} onChange={(value) => setValues({ ...values, [one.name.slice("fields.".length)]: value })} />)}
          </SimpleGrid>
          <FormButtons onCancel={onClose} isSending={isSending} label={t("addCompany")} mt="xs" />
        </Stack>
      </form>
    </Modal>
  );
}
