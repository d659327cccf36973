import { Button, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { isEmail, isNotEmpty } from "@mantine/form";
import { useDocumentTitle } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, ApiProblem, readSession } from "../api/client";
import { sessionQuery } from "../api/queries";
import { FormProblem } from "../components/FormProblem";
import { useApiForm } from "../components/useApiForm";
import { Frame } from "./Frame";

export function LoginScreen() {
  const { t } = useTranslation(["session", "common"]);
  const router = useRouter();
  const queries = useQueryClient();
  const { to } = useSearch({ from: "/login" });
  useDocumentTitle(`${t("session:login.title")} · Suppilo`);

  const { form, onSubmit, isSending, problem } = useApiForm(
    {
      initialValues: { email: "", password: "" },
      validate: { email: isEmail(t("common:form.email")), password: isNotEmpty(t("common:form.required")) },
    },
    async (values) => {
      try {
        await api.post("/session", values);
      } catch (error) {
        // One sentence for both, so that nobody learns which addresses have an account.
        if (error instanceof ApiProblem && error.status === 401) throw new ApiProblem(401, { detail: t("session:login.wrong") });
        throw error;
      }
      return readSession();
    },
    async (session) => {
      queries.setQueryData(sessionQuery.queryKey, session);
      // Only addresses within the interface: `to` comes from the address bar.
      const isOurs = to?.startsWith("/") === true && !to.startsWith("//");
      router.history.push(`${router.basepath}${isOurs ? to : "/"}`);
      await router.invalidate();
    },
  );

  return (
    <Frame>
      <Title order={1}>{t("session:login.title")}</Title>
      <Text c="dimmed" mt={4} mb="lg">{t("session:login.lead")}</Text>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="md">
          <FormProblem message={problem} />
          <TextInput label={t("session:login.email")} type="email" autoComplete="username" size="md" autoFocus key={form.key("email")} {...form.getInputProps("email")} />
          <PasswordInput label={t("session:login.password")} autoComplete="current-password" size="md" key={form.key("password")} {...form.getInputProps("password")} />
          <Button type="submit" size="md" loading={isSending} mt="xs">{t("session:login.submit")}</Button>
        </Stack>
      </form>
    </Frame>
  );
}
