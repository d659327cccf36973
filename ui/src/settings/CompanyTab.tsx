import { MultiSelect, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import { FormProblem } from "../components/FormProblem";
import { toastDone } from "../components/problem";
import { SaveBar } from "../components/SaveBar";
import { Section } from "../components/Section";
import { useApiForm } from "../components/useApiForm";
import { useLeaveGuard } from "../components/useLeaveGuard";
import { useMay } from "../session/useMay";
import { companyQuery, saveCompany, type CompanySettings } from "./api";
import { Loaded } from "./Loaded";
import classes from "./SettingsScreen.module.css";

/** Offered first. */
const NEAR_CURRENCIES = ["NOK", "SEK", "DKK", "EUR", "USD", "GBP"];
/** The languages that visitors' pages and mails have words in come first. */
const LOCALES = ["nb", "en", "sv", "da", "fi", "nn", "de", "fr", "es", "it", "nl", "pl", "is", "et", "lv", "lt", "uk"];

export default function CompanyTab() {
  const company = useQuery(companyQuery);
  return <Loaded query={company}>{(data) => <CompanyForm company={data} />}</Loaded>;
}

function useChoices(company: CompanySettings) {
  const { i18n } = useTranslation();
  return useMemo(() => {
    const currencies = new Intl.DisplayNames(i18n.language, { type: "currency" });
    const languages = new Intl.DisplayNames(i18n.language, { type: "language" });
    const codes = [...NEAR_CURRENCIES, ...Intl.supportedValuesOf("currency").filter((code) => !NEAR_CURRENCIES.includes(code))];
    const upper = (text: string) => text.charAt(0).toLocaleUpperCase(i18n.language) + text.slice(1);
    return {
      currencies: codes.map((code) => ({ value: code, label: `${code} · ${currencies.of(code) ?? code}` })),
      zones: [...new Set([company.timezone, "UTC", ...Intl.supportedValuesOf("timeZone")])].map((zone) => ({ value: zone, label: zone.replaceAll("_", " ") })),
      locales: [...new Set([...LOCALES, ...company.locales])].map((code) => ({ value: code, label: upper(languages.of(code) ?? code) })),
    };
  }, [i18n.language, company]);
}

function CompanyForm({ company }: { company: CompanySettings }) {
  const { t } = useTranslation(["settings", "common"]);
  const queries = useQueryClient();
  const may = useMay();
  const isFixed = !may("settings.write");
  const { currencies, zones, locales } = useChoices(company);
  const { form, onSubmit, isSending, problem } = useApiForm<CompanySettings & Record<string, unknown>, CompanySettings>(
    {
      mode: "controlled",
      initialValues: { ...company, contact_email: company.contact_email ?? "" },
      validate: { name: (name) => (name.trim() ? null : t("common:form.required")), locales: (codes) => (codes.length ? null : t("company.oneLanguage")) },
    },
    (values) => saveCompany({ ...values, contact_email: values.contact_email?.trim() || null }),
    async (saved, form) => {
      const kept = { ...saved, contact_email: saved.contact_email ?? "" };
      form.setInitialValues(kept);
      form.setValues(kept);
      queries.setQueryData(companyQuery.queryKey, saved);
      toastDone(t("common:save.done"));
      await queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
    },
  );
  const guard = useLeaveGuard(form.isDirty() && !isSending);
  const field = (name: keyof CompanySettings) => ({ ...form.getInputProps(name), readOnly: isFixed });
  return (
    <form onSubmit={onSubmit} noValidate>
      <FormProblem message={problem} />
      <Section isForm title={t("company.identity")} hint={t("company.identityHint")}>
        <div className={classes["fields"]}>
          <TextInput className={classes["wide"] ?? ""} label={t("company.name")} autoComplete="organization" {...field("name")} />
          <TextInput label={t("company.orgNumber")} {...field("org_number")} />
          <TextInput label={t("company.contactEmail")} type="email" {...field("contact_email")} />
          <TextInput className={classes["wide"] ?? ""} label={t("company.postalAddress")} description={t("company.postalAddressHint")} autoComplete="street-address" {...field("postal_address")} />
          <TextInput className={classes["wide"] ?? ""} label={t("company.bankAccount")} description={t("company.bankAccountHint")} {...field("bank_account")} />
        </div>
      </Section>
      <Section isForm title={t("company.place")} hint={t("company.placeHint")}>
        <div className={classes["fields"]}>
          <Select label={t("company.currency")} data={currencies} searchable nothingFoundMessage={t("nothingFound")} {...field("currency")} />
          <Select label={t("company.timezone")} data={zones} searchable limit={100} nothingFoundMessage={t("nothingFound")} {...field("timezone")} />
          <MultiSelect className={classes["wide"] ?? ""} label={t("company.languages")} description={t("company.languagesHint")} data={locales} searchable nothingFoundMessage={t("nothingFound")} {...field("locales")} />
        </div>
      </Section>
      <Section isForm title={t("company.web")} hint={t("company.webHint")}>
        <Stack gap="md">
          <TextInput label={t("company.baseUrl")} description={t("company.baseUrlHint")} type="url" placeholder="https://www.example.no" {...field("base_url")} />
          <Switch label={t("company.asksConsent")} description={<Text span size="xs" c="dimmed">{t("company.asksConsentHint")}</Text>} checked={form.getValues().asks_tracking_consent} disabled={isFixed}
            onChange={(event) => form.setFieldValue("asks_tracking_consent", event.currentTarget.checked)} />
        </Stack>
      </Section>
      {!isFixed && <SaveBar isDirty={form.isDirty()} isSaving={isSending} onDiscard={form.reset} />}
      {guard}
    </form>
  );
}
