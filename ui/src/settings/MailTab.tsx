import { Alert, Button, Skeleton, Stack, Switch, TagsInput, Text, TextInput } from "@mantine/core";
import { IconAlertCircle, IconCircleCheck, IconFlask, IconSend } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { sessionQuery } from "../api/queries";
import { CopyField } from "../components/CopyField";
import { FormProblem } from "../components/FormProblem";
import { describeError, toastDone } from "../components/problem";
import { SaveBar } from "../components/SaveBar";
import { Section } from "../components/Section";
import { useApiForm } from "../components/useApiForm";
import { useLeaveGuard } from "../components/useLeaveGuard";
import { loadTexts } from "../i18n";
import { useMay } from "../session/useMay";
import { mailQuery, saveMail, testMail, type MailSettings, type TestOutcome } from "./api";
import { Loaded } from "./Loaded";
import { ServerFields, serverRequest, type ServerValues } from "./ServerFields";
import classes from "./SettingsScreen.module.css";

const PORTS = [["starttls", 587], ["tls", 465], ["none", 25]] as const;

const IncomingMail = lazy(async () => {
  const [part] = await Promise.all([import("../emails/IncomingMail"), loadTexts("emails")]);
  return part;
});

export default function MailTab() {
  const mail = useQuery(mailQuery);
  return (
    <Loaded query={mail}>
      {(data) => (
        <>
          <MailForm mail={data} />
          <Suspense fallback={<Skeleton height={240} mt="xl" />}><IncomingMail /></Suspense>
        </>
      )}
    </Loaded>
  );
}

interface Values extends ServerValues {
  from_name: string;
  from_email: string;
  reply_to: string;
  is_signed: boolean;
  dkim: { domain: string; selector: string };
  lead_notice_to: string[];
}

const valuesOf = (mail: MailSettings): Values => ({
  from_name: mail.from_name,
  from_email: mail.from_email ?? "",
  reply_to: mail.reply_to ?? "",
  host: mail.host,
  port: mail.port,
  security: mail.security,
  username: mail.username,
  password: null,
  ca_pem: mail.ca_pem ?? "",
  is_signed: mail.dkim !== null,
  dkim: { domain: mail.dkim?.domain ?? mail.from_email?.split("@")[1] ?? "", selector: mail.dkim?.selector ?? "suppilo1" },
  lead_notice_to: mail.lead_notice_to,
});

function MailForm({ mail }: { mail: MailSettings }) {
  const { t } = useTranslation(["settings", "common"]);
  const queries = useQueryClient();
  const may = useMay();
  const isFixed = !may("settings.write");
  const { form, onSubmit, isSending, problem } = useApiForm<Values, MailSettings>(
    { mode: "controlled", initialValues: valuesOf(mail) },
    ({ is_signed, dkim, password, ca_pem, ...rest }) => saveMail({ ...rest, ...serverRequest({ password, ca_pem }), dkim: is_signed ? dkim : null }),
    (saved, form) => {
      form.setInitialValues(valuesOf(saved));
      form.setValues(valuesOf(saved));
      queries.setQueryData(mailQuery.queryKey, saved);
      toastDone(t("common:save.done"));
    },
  );
  const values = form.getValues();
  const guard = useLeaveGuard(form.isDirty() && !isSending);
  const field = (name: string) => ({ ...form.getInputProps(name), readOnly: isFixed });
  return (
    <>
      <form onSubmit={onSubmit} noValidate>
        {(problem ?? (mail.is_recording || !mail.is_complete)) && (
          <Stack gap="md">
            <FormProblem message={problem} />
            {mail.is_recording && <Alert color="gray" icon={<IconFlask size={20} stroke={1.5} />}>{t("mail.isRecording")}</Alert>}
            {!mail.is_recording && !mail.is_complete && <Alert color="gray" icon={<IconAlertCircle size={20} stroke={1.5} />}>{t("mail.isIncomplete")}</Alert>}
          </Stack>
        )}
        <Section isForm title={t("mail.sender")} hint={t("mail.senderHint")}>
          <div className={classes["fields"]}>
            <TextInput label={t("mail.fromName")} placeholder={t("mail.fromNameHint")} {...field("from_name")} />
            <TextInput label={t("mail.fromEmail")} type="email" {...field("from_email")} />
            <TextInput className={classes["wide"] ?? ""} label={t("mail.replyTo")} description={t("mail.replyToHint")} type="email" {...field("reply_to")} />
          </div>
        </Section>
        <Section isForm title={t("mail.server")} hint={t("mail.serverHint")}>
          <div className={classes["fields"]}>
            <ServerFields values={values} errors={form.errors} field={field} onChange={(name, value) => form.setFieldValue(name, value)} isFixed={isFixed} hasPassword={mail.has_password} placeholder="smtp.example.no" ports={PORTS}>
              {values.security === "none" && <Text className={classes["wide"] ?? ""} size="xs" c="dimmed">{t("mail.plainHint")}</Text>}
            </ServerFields>
          </div>
        </Section>
        <Section isForm title={t("mail.signing")} hint={t("mail.signingHint")}>
          <Stack gap="md">
            <Switch label={t("mail.sign")} checked={values.is_signed} disabled={isFixed} onChange={(event) => form.setFieldValue("is_signed", event.currentTarget.checked)} />
            {values.is_signed && (
              <>
                <div className={classes["fields"]}>
                  <TextInput label={t("mail.domain")} placeholder="example.no" spellCheck={false} autoCapitalize="none" {...field("dkim.domain")} />
                  <TextInput label={t("mail.selector")} spellCheck={false} autoCapitalize="none" {...field("dkim.selector")} />
                </div>
                {mail.dkim && mail.dkim.domain === values.dkim.domain && mail.dkim.selector === values.dkim.selector ? <DnsRecord dkim={mail.dkim} /> : <Text size="sm" c="dimmed">{t("mail.recordAfterSave")}</Text>}
              </>
            )}
          </Stack>
        </Section>
        <Section isForm title={t("mail.notices")} hint={t("mail.noticesHint")}>
          <TagsInput label={t("mail.noticeTo")} placeholder={values.lead_notice_to.length ? "" : t("mail.noticeToHint")} splitChars={[",", " ", ";"]} value={values.lead_notice_to} readOnly={isFixed} clearable={false}
            error={form.errors["lead_notice_to"] ?? Object.entries(form.errors).find(([path]) => path.startsWith("lead_notice_to."))?.[1]} onChange={(list) => form.setFieldValue("lead_notice_to", list)} />
        </Section>
        {!isFixed && <SaveBar isDirty={form.isDirty()} isSaving={isSending} onDiscard={form.reset} />}
      </form>
      {!isFixed && <TestMail isDirty={form.isDirty()} isComplete={mail.is_complete} />}
      {guard}
    </>
  );
}

function DnsRecord({ dkim }: { dkim: NonNullable<MailSettings["dkim"]> }) {
  const { t } = useTranslation("settings");
  return (
    <Stack gap="sm">
      <Text size="sm">{t("mail.record")}</Text>
      <CopyField label={t("mail.recordName")} value={dkim.record.name} />
      <CopyField label={t("mail.recordValue")} value={dkim.record.value} isBlock />
    </Stack>
  );
}

function TestMail({ isDirty, isComplete }: { isDirty: boolean; isComplete: boolean }) {
  const { t } = useTranslation("settings");
  const { data: session } = useQuery(sessionQuery);
  const [to, setTo] = useState(session?.user?.email ?? "");
  const test = useMutation({ mutationFn: testMail });
  const problem = test.error instanceof ApiProblem ? test.error.fields.find(({ field }) => field === "to")?.detail : undefined;
  return (
    <Section isForm title={t("mail.test")} hint={t("mail.testHint")}>
      <form onSubmit={(event) => { event.preventDefault(); test.mutate(to.trim()); }} noValidate>
        <Stack gap="md">
          <div style={{ display: "flex", gap: 8, alignItems: "flex-end" }}>
            <TextInput style={{ flex: 1 }} label={t("mail.testTo")} type="email" value={to} onChange={(event) => setTo(event.currentTarget.value)} />
            <Button type="submit" variant="default" loading={test.isPending} disabled={isDirty || !isComplete || to.trim() === ""} leftSection={<IconSend size={16} stroke={1.5} />}>{t("mail.send")}</Button>
          </div>
          {(isDirty || !isComplete) && <Text size="xs" c="dimmed">{t(isDirty ? "mail.saveFirst" : "mail.completeFirst")}</Text>}
          {test.error && <Alert color="red" role="alert" icon={<IconAlertCircle size={20} stroke={1.5} />}>{problem ?? describeError(test.error)}</Alert>}
          {test.data && <Outcome outcome={test.data} />}
        </Stack>
      </form>
    </Section>
  );
}

function Outcome({ outcome }: { outcome: TestOutcome }) {
  const { t } = useTranslation("settings");
  return (
    <Alert role="status" color={outcome.is_sent ? "fjord" : "red"} icon={outcome.is_sent ? <IconCircleCheck size={20} stroke={1.5} /> : <IconAlertCircle size={20} stroke={1.5} />} title={t(`mail.outcomes.${outcome.class}`)}>
      {outcome.detail}
      {outcome.code !== null && <Text span c="dimmed" size="sm"> ({t("mail.code", { code: outcome.code })})</Text>}
    </Alert>
  );
}
