import { Button, Fieldset, PasswordInput, Select, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { hasLength, isEmail, isNotEmpty } from "@mantine/form";
import { useDocumentTitle } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, readSession } from "../api/client";
import { sessionQuery } from "../api/queries";
import type { SetupRequest } from "../api/types";
import { FormProblem } from "../components/FormProblem";
import { useApiForm } from "../components/useApiForm";
import { LANGUAGES, type Language } from "../format";
import { changeLanguage, LANGUAGE_NAMES, parseLanguage } from "../i18n";
import { Frame } from "./Frame";

const PASSWORD_LENGTH_MIN = 10;
/** Offered first; what a country pays with, by the reader's time zone. */
const NEAR_CURRENCIES = ["NOK", "SEK", "DKK", "EUR", "USD", "GBP"];
const ZONE_CURRENCY: Record<string, string> = {
  "Europe/Oslo": "NOK",
  "Europe/Stockholm": "SEK",
  "Europe/Copenhagen": "DKK",
  "Europe/London": "GBP",
};

function useChoices(language: string) {
  return useMemo(() => {
    const names = new Intl.DisplayNames(language, { type: "currency" });
    const currency = (code: string) => ({ value: code, label: `${code} · ${names.of(code) ?? code}` });
    const others = Intl.supportedValuesOf("currency").filter((code) => !NEAR_CURRENCIES.includes(code));
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const zones = new Set([here, "UTC", ...Intl.supportedValuesOf("timeZone")]);
    return {
      currencies: [...NEAR_CURRENCIES, ...others].map(currency),
      zones: [...zones].map((zone) => ({ value: zone, label: zone.replaceAll("_", " ") })),
      here,
    };
  }, [language]);
}

/** First run: the company and its owner. */
export function SetupScreen() {
  const { t, i18n } = useTranslation(["session", "common"]);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { currencies, zones, here } = useChoices(i18n.language);
  useDocumentTitle(`${t("session:setup.title")} · Suppilo`);
  const required = isNotEmpty(t("common:form.required"));

  const { form, onSubmit, isSending, problem } = useApiForm<SetupRequest & Record<string, unknown>, unknown>(
    {
      initialValues: {
        company: "",
        name: "",
        email: "",
        password: "",
        locale: parseLanguage(i18n.language) ?? "en",
        currency: ZONE_CURRENCY[here] ?? "EUR",
        timezone: here,
      },
      validate: {
        company: required,
        name: required,
        email: isEmail(t("common:form.email")),
        password: hasLength({ min: PASSWORD_LENGTH_MIN }, t("common:form.minLength", { count: PASSWORD_LENGTH_MIN })),
      },
    },
    async (values) => {
      await api.post("/setup", values);
      return readSession();
    },
    async (session) => {
      queries.setQueryData(sessionQuery.queryKey, session as never);
      await navigate({ to: "/" });
    },
  );
  const field = (name: keyof SetupRequest) => ({ key: form.key(name), ...form.getInputProps(name) });

  return (
    <Frame isWide>
      <Title order={1}>{t("session:setup.title")}</Title>
      <Text c="dimmed" mt={4} mb="lg">{t("session:setup.lead")}</Text>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="lg">
          <FormProblem message={problem} />
          <Fieldset variant="unstyled" legend={<Text component="span" fw={600}>{t("session:setup.aboutCompany")}</Text>}>
            <Stack gap="md" mt={4}>
              <TextInput label={t("session:setup.company")} placeholder={t("session:setup.companyPlaceholder")} autoComplete="organization" autoFocus {...field("company")} />
              <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
                <Select label={t("session:setup.currency")} data={currencies} searchable nothingFoundMessage={t("session:setup.nothingFound")} {...field("currency")} />
                <Select label={t("session:setup.timezone")} data={zones} searchable limit={100} nothingFoundMessage={t("session:setup.nothingFound")} {...field("timezone")} />
              </SimpleGrid>
              <Text size="xs" c="dimmed" mt={-8}>{t("session:setup.timezoneHint")}</Text>
            </Stack>
          </Fieldset>
          <Fieldset variant="unstyled" legend={<Text component="span" fw={600}>{t("session:setup.aboutYou")}</Text>}>
            <Stack gap="md" mt={4}>
              <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
                <TextInput label={t("session:setup.name")} autoComplete="name" {...field("name")} />
                <Select label={t("session:setup.language")} data={LANGUAGES.map((code) => ({ value: code, label: LANGUAGE_NAMES[code] }))} {...field("locale")}
                  onChange={(value) => { form.setFieldValue("locale", (value ?? "en") as never); void changeLanguage((value ?? "en") as Language); }} />
              </SimpleGrid>
              <TextInput label={t("session:setup.email")} description={t("session:setup.emailHint")} type="email" autoComplete="username" {...field("email")} />
              <PasswordInput label={t("session:setup.password")} description={t("session:setup.passwordHint", { count: PASSWORD_LENGTH_MIN })} autoComplete="new-password" {...field("password")} />
            </Stack>
          </Fieldset>
          <Button type="submit" size="md" loading={isSending}>{t("session:setup.submit")}</Button>
        </Stack>
      </form>
    </Frame>
  );
}
