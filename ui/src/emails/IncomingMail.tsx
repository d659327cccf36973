import { Alert, Button, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertCircle, IconCircleCheck, IconPlugConnected } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { FormProblem } from "../components/FormProblem";
import { describeError, toastDone } from "../components/problem";
import { SaveBar } from "../components/SaveBar";
import { Section } from "../components/Section";
import { useApiForm } from "../components/useApiForm";
import { useLeaveGuard } from "../components/useLeaveGuard";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { Loaded } from "../settings/Loaded";
import { ServerFields, serverRequest, type ServerValues } from "../settings/ServerFields";
import settings from "../settings/SettingsScreen.module.css";
import { INCOMING, incomingQuery, saveIncoming, testIncoming, type InboxFault, type InboxTest, type IncomingMail as Incoming, type UnknownSenders } from "./api";
import classes from "./Emails.module.css";

const PORTS = [["tls", 993], ["starttls", 143], ["none", 143]] as const;
const UNKNOWN = ["leave_out", "make_contact"] as const satisfies readonly UnknownSenders[];
const FAULTS = ["settings", "unreachable", "tls", "login", "folder", "answer", "mail"] as const;
const OUTCOMES = ["kept", "unknown", "bounce", "too_large", "unreadable"] as const;
/** How often the state is asked for while somebody looks at it. */
const LOOK_EVERY_MS = 10_000;

/** The mailbox that answers of contacts are fetched from. */
export default function IncomingMail() {
  const incoming = useQuery({ ...incomingQuery, refetchInterval: LOOK_EVERY_MS });
  return <Loaded query={incoming}>{(data) => <IncomingForm incoming={data} />}</Loaded>;
}

interface Values extends ServerValues {
  folder: string;
  unknown_senders: UnknownSenders;
  answers_to: string;
}

const valuesOf = ({ host, port, security, username, folder, ca_pem, unknown_senders, answers_to }: Incoming): Values => ({ host, port, security, username, password: null, folder, ca_pem: ca_pem ?? "", unknown_senders, answers_to: answers_to ?? "" });

function IncomingForm({ incoming }: { incoming: Incoming }) {
  const { t } = useTranslation(["emails", "settings", "common"]);
  const queries = useQueryClient();
  const isFixed = !useMay()("settings.write");
  const test = useMutation({ mutationFn: testIncoming, onSettled: () => queries.invalidateQueries({ queryKey: INCOMING }) });
  const { form, onSubmit, isSending, problem } = useApiForm<Values, Incoming>(
    { mode: "controlled", initialValues: valuesOf(incoming) },
    ({ password, ca_pem, ...rest }) => saveIncoming({ ...rest, ...serverRequest({ password, ca_pem }) }),
    (saved, form) => {
      test.reset();
      form.setInitialValues(valuesOf(saved));
      form.setValues(valuesOf(saved));
      queries.setQueryData(incomingQuery.queryKey, saved);
      toastDone(t("common:save.done"));
    },
  );
  const values = form.getValues();
  const guard = useLeaveGuard(form.isDirty() && !isSending);
  const field = (name: string) => ({ ...form.getInputProps(name), readOnly: isFixed });
  return (
    <>
      <form onSubmit={onSubmit} noValidate>
        <FormProblem message={problem} />
        <Section isForm title={t("incoming.title")} hint={t("incoming.hint")}>
          <div className={settings["fields"]}>
            <ServerFields values={values} errors={form.errors} field={field} onChange={(name, value) => form.setFieldValue(name, value)} isFixed={isFixed} hasPassword={incoming.has_password} placeholder="imap.example.no" ports={PORTS}>
              <TextInput label={t("incoming.folder")} description={t("incoming.folderHint")} spellCheck={false} {...field("folder")} />
              <Select label={t("incoming.unknown")} description={t("incoming.unknownHint")} data={UNKNOWN.map((value) => ({ value, label: t(`incoming.unknowns.${value}`) }))} value={values.unknown_senders} readOnly={isFixed} onChange={(value) => value && form.setFieldValue("unknown_senders", value)} />
              <TextInput className={settings["wide"] ?? ""} label={t("incoming.answersTo")} description={t("incoming.answersToHint")} type="email" placeholder="post@example.no" {...field("answers_to")} />
            </ServerFields>
          </div>
        </Section>
        {!isFixed && <SaveBar isDirty={form.isDirty()} isSaving={isSending} onDiscard={form.reset} />}
      </form>
      <Section isForm title={t("incoming.state")} hint={t("incoming.stateHint")}>
        <Stack gap="md">
          <State incoming={incoming} tried={test.data} />
          {!isFixed && incoming.host !== "" && <TryIt test={test} isDirty={form.isDirty()} />}
        </Stack>
      </Section>
      {guard}
    </>
  );
}

/** How fetching goes, and how mail was taken so far. What was tried just now knows better than the last look. */
function State({ incoming, tried }: { incoming: Incoming; tried: InboxTest | undefined }) {
  const { t } = useTranslation("emails");
  const format = useFormat();
  const { state, intake, host } = incoming;
  const fault = tried && (!tried.fault || tried.fault.kind === state?.fault?.kind) ? null : state?.fault;
  const taken = OUTCOMES.flatMap((outcome) => {
    const count = intake.find((row) => row.outcome === outcome)?.count ?? 0;
    return count > 0 ? [t(`incoming.outcomes.${outcome}`, { count })] : [];
  });
  const fetched = state?.fetched_at ? t("incoming.fetchedAt", { at: format.date(state.fetched_at, "datetime") }) : t("incoming.notYet");
  return (
    <div role="status">
      {state && fault && (
        <Fault fault={fault}>
          <Text size="sm" mt={4}>{t("incoming.nextAt", { at: format.date(state.next_at, "time") })}</Text>
        </Fault>
      )}
      <Text size="sm" mt={fault ? "md" : 0}>{host === "" ? t("incoming.none") : fetched}</Text>
      {taken.length > 0 && <ul className={classes["taken"]}>{taken.map((line) => <li key={line}>{line}</li>)}</ul>}
    </div>
  );
}

function Fault({ fault, children }: { fault: InboxFault; children?: React.ReactNode }) {
  const { t } = useTranslation("emails");
  const kind = FAULTS.find((known) => known === fault.kind) ?? "answer";
  return (
    <Alert color="red" icon={<IconAlertCircle size={20} stroke={1.5} />} title={t(`incoming.faults.${kind}`)}>
      {fault.detail}
      {children}
    </Alert>
  );
}

function TryIt({ test, isDirty }: { test: UseMutationResult<InboxTest, Error, void>; isDirty: boolean }) {
  const { t } = useTranslation(["emails", "settings"]);
  return (
    <Stack gap="md" align="flex-start">
      <Button variant="default" loading={test.isPending} disabled={isDirty} onClick={() => test.mutate()} leftSection={<IconPlugConnected size={16} stroke={1.5} />}>{t("incoming.try")}</Button>
      {isDirty && <Text size="xs" c="dimmed">{t("settings:mail.saveFirst")}</Text>}
      {!isDirty && test.error && <Alert w="100%" color="red" role="alert" icon={<IconAlertCircle size={20} stroke={1.5} />}>{describeError(test.error)}</Alert>}
      {!isDirty && test.data && (
        <div className={classes["tried"]} role="status">
          {test.data.fault ? <Fault fault={test.data.fault} /> : <Alert color="fjord" icon={<IconCircleCheck size={20} stroke={1.5} />} title={t("incoming.works")}>{t("incoming.mails", { count: test.data.mails })}</Alert>}
        </div>
      )}
    </Stack>
  );
}
