import { Button, Group, Modal, NumberInput, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery, sessionQuery } from "../api/queries";
import type { Money } from "../api/types";
import { FormProblem } from "../components/FormProblem";
import { MoneyInput } from "../components/MoneyInput";
import { useApiForm } from "../components/useApiForm";
import { CONTACTS, fetchContacts } from "../contacts/api";
import { stageName, type FunnelView } from "../funnels/document";
import { textFor } from "../localized";
import { useMay } from "../session/useMay";
import { createDeal, DEALS, updateDeal, usersQuery, type Deal } from "./api";

interface Props {
  /** The deal to change; a new one when absent. */
  deal?: Deal;
  /** The funnel that a new one begins in. */
  funnel?: FunnelView;
  /** Whom a new one is with. */
  contact?: { id: string; display_name: string };
  onClose: () => void;
  onDone?: (deal: Deal) => void;
}

const SEARCH_DELAY_MS = 250;
const TITLE_CHARS_MAX = 160;

interface Values extends Record<string, unknown> {
  contact_id: string;
  title: string;
  value: Money;
  discount: number | "";
  funnel_id: string;
  stage: string;
  owner_id: string;
}

export default function DealForm({ deal, funnel, contact, onClose, onDone }: Props) {
  const { t, i18n } = useTranslation(["deals", "common"]);
  const queries = useQueryClient();
  const may = useMay();
  const { data: session } = useQuery(sessionQuery);
  const { data: funnels } = useQuery(funnelViewsQuery);
  const { data: users } = useQuery(usersQuery);
  const all = funnels?.items ?? [];
  const begin = funnel ?? all[0];
  const { form, onSubmit, isSending, problem } = useApiForm<Values, Deal>(
    {
      mode: "controlled",
      initialValues: {
        contact_id: deal?.contact_id ?? contact?.id ?? "",
        title: deal?.title ?? "",
        value: deal?.value ?? { minor: 0, currency: begin?.document.currency ?? session?.company?.currency ?? "EUR" },
        discount: deal?.discount ?? "",
        funnel_id: deal?.funnel_id ?? begin?.id ?? "",
        stage: deal?.stage ?? "",
        owner_id: (deal ? deal.owner_id : session?.user?.id) ?? "",
      },
      validate: { contact_id: (id) => (id ? null : t("chooseContact")), title: (title) => (deal && !title.trim() ? t("common:form.required") : null) },
    },
    (values) =>
      deal
        ? updateDeal(deal.id, { title: values.title, value: values.value, discount: values.discount === "" ? null : values.discount, ...(values.owner_id === (deal.owner_id ?? "") ? {} : { owner_id: values.owner_id || null }) })
        : createDeal({
            contact_id: values.contact_id,
            value: values.value,
            locale: i18n.language,
            ...(values.discount === "" ? {} : { discount: values.discount }),
            ...(values.title.trim() ? { title: values.title } : {}),
            ...(values.funnel_id ? { funnel_id: values.funnel_id } : {}),
            ...(values.stage ? { stage: values.stage } : {}),
            ...(values.owner_id ? { owner_id: values.owner_id } : {}),
          }),
    async (saved) => {
      await queries.invalidateQueries({ queryKey: DEALS });
      onClose();
      onDone?.(saved);
    },
  );
  const values = form.getValues();
  const chosen = all.find(({ id }) => id === values.funnel_id) ?? begin;
  const canChooseOwner = may("deals.all");
  const active = (users?.items ?? []).filter(({ id, is_active }) => is_active || id === deal?.owner_id);
  return (
    <Modal opened onClose={onClose} title={t(deal ? "editDeal" : "add")} size="lg" closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="md">
          <FormProblem message={problem} />
          {!deal && !contact && <ContactPicker value={values.contact_id} error={form.errors["contact_id"]} onChange={(id) => form.setFieldValue("contact_id", id)} />}
          <TextInput label={t("dealTitle")} {...(deal ? {} : { placeholder: t("titleHint") })} maxLength={TITLE_CHARS_MAX} data-autofocus={deal !== undefined || contact !== undefined || undefined} {...form.getInputProps("title")} />
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
            <MoneyInput label={t("value")} value={values.value} error={form.errors["value"] ?? form.errors["value.minor"]} onChange={(value) => form.setFieldValue("value", value)} />
            <NumberInput label={t("discount")} hideControls min={0} max={100} decimalScale={2} suffix=" %" value={values.discount} error={form.errors["discount"]} onChange={(percent) => form.setFieldValue("discount", typeof percent === "number" ? percent : "")} />
            {canChooseOwner && (
              <Select label={t("owner")} placeholder={t("nobody")} clearable allowDeselect data={active.map(({ id, name }) => ({ value: id, label: name }))} value={values.owner_id || null} error={form.errors["owner_id"]}
                clearButtonProps={{ "aria-label": t("common:actions.clear") }} onChange={(id) => form.setFieldValue("owner_id", id ?? "")} />
            )}
            {!deal && all.length > 1 && (
              <Select label={t("funnel")} data={all.map(({ id, document }) => ({ value: id, label: textFor(document.title, i18n.language) }))} value={values.funnel_id} onChange={(id) => form.setValues({ funnel_id: id ?? "", stage: "" })} />
            )}
            {!deal && (
              <Select label={t("stage")} placeholder={t("firstStage")} clearable allowDeselect data={(chosen?.document.stages ?? []).map((one) => ({ value: one.id, label: stageName(one, i18n.language) }))} value={values.stage || null}
                error={form.errors["stage"]} clearButtonProps={{ "aria-label": t("common:actions.clear") }} onChange={(stage) => form.setFieldValue("stage", stage ?? "")} />
            )}
          </SimpleGrid>
          <Group justify="flex-end" mt="xs">
            <Button variant="default" onClick={onClose}>{t("common:actions.cancel")}</Button>
            <Button type="submit" loading={isSending}>{t(deal ? "common:actions.save" : "add")}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Finds a contact by name or address while one writes. */
function ContactPicker({ value, error, onChange }: { value: string; error: React.ReactNode; onChange: (id: string) => void }) {
  const { t } = useTranslation("deals");
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), SEARCH_DELAY_MS);
  const found = useQuery({
    queryKey: [...CONTACTS, "list", "pick", q],
    queryFn: ({ signal }) => fetchContacts(q ? { q } : {}, null, signal),
    placeholderData: (former) => former,
  });
  const items = found.data?.items ?? [];
  return (
    <Select label={t("contact")} placeholder={t("findContact")} searchable openOnFocus={false} data-autofocus searchValue={text} onSearchChange={setText} value={value || null} error={error} onChange={(id) => onChange(id ?? "")}
      data={items.map(({ id, display_name, email }) => ({ value: id, label: email && email !== display_name ? `${display_name} · ${email}` : display_name }))}
      // The server has searched already, also where the label does not show it.
      filter={({ options }) => options} nothingFoundMessage={found.isFetching ? t("searching") : t("noSuchContact")} />
  );
}
