import { Button, FileButton, Group, Select, SimpleGrid, Stack, Textarea, TextInput, UnstyledButton } from "@mantine/core";
import { IconMail, IconPaperclip } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { FormProblem } from "../components/FormProblem";
import { toastDone, toastError } from "../components/problem";
import { useApiForm } from "../components/useApiForm";
import { usersQuery } from "../deals/api";
import { loadTexts, useFormat } from "../i18n";
import { ApiProblem } from "../api/client";
import { createActivity, refreshActivities, uploadFile, type Activity, type ActivityContent, type ActivityDone, type ActivityRecord, type NewActivity, type Repeat } from "./api";
import classes from "./Activities.module.css";
import { DueField, RepeatField, type RepeatChoice } from "./fields";
import { MentionArea } from "./MentionArea";
import { KIND_ICONS, useOutcomes } from "./words";
import { fromCivil, inDays, nowCivil, toCivil } from "./zoned";

const TABS = ["note", "call", "meeting", "task"] as const;
type Tab = (typeof TABS)[number];

const EmailForm = lazy(async () => {
  const [form] = await Promise.all([import("../emails/EmailForm"), loadTexts("emails")]);
  return form;
});

const TITLE_CHARS_MAX = 200;
const BODY_CHARS_MAX = 20_000;
const HOUR_MS = 3_600_000;

interface Values extends Record<string, unknown> {
  title: string;
  body: string;
  outcome: string;
  direction: "outbound" | "inbound";
  minutes: string;
  at: string;
  length: string;
  place: string;
  due_at: string;
  assignee_id: string;
  priority: "low" | "normal" | "high";
  repeat: RepeatChoice;
  next: string;
  next_at: string;
}

/** At the head of a timeline: write a note or an e-mail, log a call, plan a meeting or a task, add a file. */
export function Composer({ record }: { record: ActivityRecord }) {
  const { t } = useTranslation("activities");
  const queries = useQueryClient();
  const [tab, setTab] = useState<Tab | "email" | null>(null);
  const upload = useMutation({
    mutationFn: (file: File) => uploadFile(record, file),
    onError: toastError,
    onSuccess: async (activity) => {
      toastDone(t("fileAdded", { name: activity.title }));
      await refreshActivities(queries);
    },
  });
  return (
    <div className={classes["composer"]} data-open={tab !== null || undefined}>
      <div className={classes["tabs"]} role="group" aria-label={t("compose")}>
        {TABS.map((kind) => {
          const Icon = KIND_ICONS[kind];
          return (
            <UnstyledButton key={kind} className={classes["tab"] ?? ""} aria-expanded={tab === kind} data-here={tab === kind || undefined} onClick={() => setTab(tab === kind ? null : kind)}>
              <Icon size={18} stroke={1.5} aria-hidden />{t(`kinds.${kind}`)}
            </UnstyledButton>
          );
        })}
        <UnstyledButton className={classes["tab"] ?? ""} aria-expanded={tab === "email"} data-here={tab === "email" || undefined} onClick={() => setTab(tab === "email" ? null : "email")}>
          <IconMail size={18} stroke={1.5} aria-hidden />{t("kinds.email")}
        </UnstyledButton>
        <FileButton onChange={(file) => file && upload.mutate(file)}>
          {(props) => (
            <UnstyledButton {...props} className={classes["tab"] ?? ""} disabled={upload.isPending} aria-busy={upload.isPending}>
              <IconPaperclip size={18} stroke={1.5} aria-hidden />{t("kinds.file")}
            </UnstyledButton>
          )}
        </FileButton>
      </div>
      {tab === "email" && <Suspense><EmailForm record={record} onClose={() => setTab(null)} /></Suspense>}
      {tab && tab !== "email" && <ActivityForm key={tab} kind={tab} record={record} onClose={() => setTab(null)} />}
    </div>
  );
}

interface FormProps {
  kind: Tab;
  record: ActivityRecord;
  onClose: () => void;
  onDone?: (done: ActivityDone) => void;
}

/** The form of one new activity. */
export function ActivityForm({ kind, record, onClose, onDone }: FormProps) {
  const { t } = useTranslation(["activities", "common"]);
  const queries = useQueryClient();
  const { timeZone } = useFormat();
  const { form, onSubmit, isSending, problem } = useApiForm<Values, ActivityDone>(
    {
      mode: "controlled",
      initialValues: {
        title: "", body: "", outcome: "reached", direction: "outbound", minutes: "",
        at: kind === "meeting" ? toCivil(inDays(1, 10, timeZone), timeZone) : nowCivil(timeZone), length: "60", place: "",
        due_at: kind === "task" ? toCivil(inDays(1, 9, timeZone), timeZone) : "", assignee_id: "", priority: "normal", repeat: "none", next: "", next_at: toCivil(inDays(1, 9, timeZone), timeZone),
      },
    },
    async (values) => {
      try {
        return await createActivity(request(kind, record, values, timeZone));
      } catch (error) {
        throw error instanceof ApiProblem ? unnested(error) : error;
      }
    },
    async (done) => {
      onClose();
      onDone?.(done);
      await refreshActivities(queries);
    },
  );
  return (
    <form onSubmit={onSubmit} noValidate className={classes["form"]}>
      <Stack gap="sm">
        <FormProblem message={problem} />
        {(kind === "task" || kind === "meeting") && <TextInput label={t(kind === "task" ? "whatToDo" : "whatAbout")} data-autofocus autoFocus maxLength={TITLE_CHARS_MAX} {...form.getInputProps("title")} />}
        {kind === "call" && <CallFields form={form} />}
        {kind === "meeting" && <MeetingFields form={form} />}
        {kind === "task" && <TaskFields form={form} />}
        {kind === "note" ? (
          <MentionArea label={t("kinds.note")} description={t("noteHint")} autoFocus minRows={3} maxLength={BODY_CHARS_MAX} value={form.getValues().body} error={form.errors["body"]} onChange={(body) => form.setFieldValue("body", body)} />
        ) : (
          <MentionArea label={t("details")} minRows={2} maxLength={BODY_CHARS_MAX} value={form.getValues().body} error={form.errors["body"]} onChange={(body) => form.setFieldValue("body", body)} />
        )}
        {kind === "call" && <NextStepFields form={form} />}
        <Group justify="flex-end" gap="xs">
          <Button size="sm" variant="default" onClick={onClose}>{t("common:actions.cancel")}</Button>
          <Button size="sm" type="submit" loading={isSending}>{t(`save.${kind}`)}</Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The server names the fields below `content`; the form knows them by their own names. */
function unnested(problem: ApiProblem): ApiProblem {
  const errors = problem.fields.map(({ field, ...rest }) => ({ ...rest, field: field.replace(/^content\./, "").replace(/^next_step\.title$/, "next") }));
  return new ApiProblem(problem.status, { code: problem.code, detail: problem.message, errors });
}

function request(kind: Tab, record: ActivityRecord, values: Values, zone: string | undefined): NewActivity {
  const about = record.deal_id ? { deal_id: record.deal_id } : record.contact_id ? { contact_id: record.contact_id } : {};
  const next = values.next.trim();
  const due = fromCivil(values.next_at, zone);
  return { kind, ...about, content: content(kind, values, zone), ...(kind === "call" && next ? { next_step: { title: next, ...(due ? { due_at: due } : {}) } } : {}) };
}

function content(kind: Tab, values: Values, zone: string | undefined): ActivityContent {
  const body = values.body.trim();
  const shared = body || kind === "note" ? { body } : {};
  const at = fromCivil(values.at, zone);
  switch (kind) {
    case "note": return shared;
    case "call": {
      const minutes = Number(values.minutes.replace(",", "."));
      return { ...shared, outcome: values.outcome, direction: values.direction, ...(minutes > 0 ? { duration_s: Math.round(minutes * 60) } : {}) };
    }
    case "meeting": {
      const length = Number(values.length) * (HOUR_MS / 60);
      return {
        ...shared,
        title: values.title,
        ...(at ? { at, ends_at: new Date(Date.parse(at) + length).toISOString() } : {}),
        ...(zone ? { zone } : {}),
        ...(/^https?:\/\//.test(values.place.trim()) ? { link: values.place.trim() } : values.place.trim() ? { place: values.place } : {}),
        ...(values.assignee_id ? { assignee_id: values.assignee_id } : {}),
      };
    }
    case "task": {
      const due = fromCivil(values.due_at, zone);
      return {
        ...shared,
        title: values.title,
        priority: values.priority,
        due_at: due,
        ...(zone ? { zone } : {}),
        ...(values.assignee_id ? { assignee_id: values.assignee_id } : {}),
        ...(values.repeat === "none" ? {} : { repeat: repeatOf(values.repeat) }),
      };
    }
  }
}

const WORKDAYS = [1, 2, 3, 4, 5];

const repeatOf = (choice: Exclude<RepeatChoice, "none">): Repeat => ({
  every: 1,
  unit: choice === "weekdays" ? "week" : choice,
  weekdays: choice === "weekdays" ? WORKDAYS : [],
  until: null,
});

type Form = ReturnType<typeof useApiForm<Values, ActivityDone>>["form"];

function CallFields({ form }: { form: Form }) {
  const { t } = useTranslation("activities");
  const outcomes = useOutcomes();
  return (
    <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
      <Select label={t("outcome")} data={outcomes.map(({ id, name }) => ({ value: id, label: name }))} {...form.getInputProps("outcome")} />
      <Select label={t("direction")} data={(["outbound", "inbound"] as const).map((value) => ({ value, label: t(`directions.${value}`) }))} {...form.getInputProps("direction")} />
      <TextInput label={t("minutes")} inputMode="decimal" {...form.getInputProps("minutes")} />
    </SimpleGrid>
  );
}

function MeetingFields({ form }: { form: Form }) {
  const { t } = useTranslation("activities");
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      <TextInput type="datetime-local" label={t("begins")} {...form.getInputProps("at")} />
      <Select label={t("length")} data={["15", "30", "45", "60", "90", "120"].map((value) => ({ value, label: t("lengthMinutes", { count: Number(value) }) }))} {...form.getInputProps("length")} />
      <TextInput label={t("place")} placeholder={t("placeHint")} {...form.getInputProps("place")} />
      <Assignee form={form} />
    </SimpleGrid>
  );
}

function TaskFields({ form }: { form: Form }) {
  const { t } = useTranslation("activities");
  return (
    <>
      <DueField label={t("due")} value={form.getValues().due_at} error={form.errors["due_at"]} onChange={(due) => form.setFieldValue("due_at", due)} />
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
        <Assignee form={form} />
        <Select label={t("priority")} data={(["high", "normal", "low"] as const).map((value) => ({ value, label: t(`priorities.${value}`) }))} {...form.getInputProps("priority")} />
        <RepeatField value={form.getValues().repeat} error={form.errors["repeat"]} onChange={(repeat) => form.setFieldValue("repeat", repeat)} />
      </SimpleGrid>
    </>
  );
}

function NextStepFields({ form }: { form: Form }) {
  const { t } = useTranslation("activities");
  const values = form.getValues();
  return (
    <>
      <TextInput label={t("nextStep")} placeholder={t("nextStepHint")} maxLength={TITLE_CHARS_MAX} {...form.getInputProps("next")} />
      {values.next.trim() !== "" && <DueField label={t("due")} value={values.next_at} onChange={(due) => form.setFieldValue("next_at", due)} />}
    </>
  );
}

function Assignee({ form }: { form: Form }) {
  const { t } = useTranslation(["activities", "common"]);
  const { data: users } = useQuery(usersQuery);
  const active = (users?.items ?? []).filter(({ is_active }) => is_active);
  const { value, ...input } = form.getInputProps("assignee_id") as { value: string; onChange: (value: string | null) => void };
  return (
    <Select label={t("assignee")} placeholder={t("me")} clearable allowDeselect clearButtonProps={{ "aria-label": t("common:actions.clear") }} data={active.map(({ id, name }) => ({ value: id, label: name }))} {...input} value={value || null}
      onChange={(id) => form.setFieldValue("assignee_id", id ?? "")} />
  );
}

/** The text of an activity, changed in its place. */
export function EditText({ activity, isSaving, onSave, onClose }: { activity: Activity; isSaving: boolean; onSave: (content: ActivityContent) => void; onClose: () => void }) {
  const { t } = useTranslation(["activities", "common"]);
  const [title, setTitle] = useState(activity.title);
  const [body, setBody] = useState(activity.body);
  const hasTitle = activity.kind === "task" || activity.kind === "meeting";
  return (
    <form className={classes["edit"]} onSubmit={(event) => { event.preventDefault(); onSave({ ...(hasTitle ? { title } : {}), body }); }}>
      <Stack gap="xs">
        {hasTitle && <TextInput label={t(activity.kind === "task" ? "whatToDo" : "whatAbout")} maxLength={TITLE_CHARS_MAX} value={title} onChange={(event) => setTitle(event.currentTarget.value)} />}
        <Textarea label={t(activity.kind === "note" ? "kinds.note" : "details")} autosize minRows={2} maxLength={BODY_CHARS_MAX} value={body} onChange={(event) => setBody(event.currentTarget.value)} />
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={onClose}>{t("common:actions.cancel")}</Button>
          <Button size="xs" type="submit" loading={isSaving}>{t("common:actions.save")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
