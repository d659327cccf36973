import { ActionIcon, Alert, Badge, Button, MultiSelect, SimpleGrid, Skeleton, Stack, Text, Textarea, TextInput, Select } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus, IconTrash, IconX } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { funnelViewsQuery } from "../api/queries";
import type { Role } from "../api/types";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { PageHeader } from "../components/PageHeader";
import { describeError, toastDone, toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { SaveBar } from "../components/SaveBar";
import { Section } from "../components/Section";
import { useLeaveGuard } from "../components/useLeaveGuard";
import { stageName } from "../funnels/document";
import { useMay } from "../session/useMay";
import { deletePlaybook, PLAYBOOKS, playbookQuery, updatePlaybook, type Playbook, type PlaybookDoc, type ScriptStep } from "./api";
import classes from "./Playbooks.module.css";
import { removedStep, withNewStep } from "./script";

const ROLES: readonly Role[] = ["rep", "manager", "marketer"];
const LINE_CHARS_MAX = 200;
const TEXT_CHARS_MAX = 4_000;
const FORM_ID = "playbook";

/** One playbook, as its authors see it. */
export function PlaybookScreen() {
  const { t } = useTranslation(["playbooks", "common"]);
  const { playbookId } = useParams({ from: "/app/playbooks/$playbookId" });
  const book = useQuery(playbookQuery(playbookId));
  const back = { to: "/playbooks", label: t("title") };
  if (book.isError && !book.data) return <div><PageHeader title={t("playbook")} back={back} /><QueryProblem error={book.error} onRetry={() => void book.refetch()} /></div>;
  if (!book.data) return <div><PageHeader title="…" back={back} /><Stack gap="md">{[120, 240, 240].map((height, index) => <Skeleton key={index} height={height} radius="lg" />)}</Stack></div>;
  return <Editor key={`${book.data.id}-${book.data.version}`} book={book.data} back={back} />;
}

function Editor({ book, back }: { book: Playbook; back: { to: string; label: string } }) {
  const { t } = useTranslation(["playbooks", "common"]);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const isFixed = !useMay()("playbooks.write");
  const [name, setName] = useState(book.name);
  const [document, setDocument] = useState(book.document);
  const [isAsking, asking] = useDisclosure(false);
  const isDirty = name !== book.name || JSON.stringify(document) !== JSON.stringify(book.document);
  const save = useMutation({
    mutationFn: () => updatePlaybook(book.id, name, document, book.version),
    onSuccess: async (saved) => {
      toastDone(t("saved"));
      queries.setQueryData(playbookQuery(book.id).queryKey, saved);
      await queries.invalidateQueries({ queryKey: PLAYBOOKS });
    },
  });
  const remove = useMutation({
    mutationFn: () => deletePlaybook(book.id),
    onError: toastError,
    onSuccess: async () => {
      await navigate({ to: "/playbooks", ignoreBlocker: true });
      queries.removeQueries({ queryKey: playbookQuery(book.id).queryKey });
      await queries.invalidateQueries({ queryKey: PLAYBOOKS });
    },
  });
  const guard = useLeaveGuard(isDirty && !save.isPending);
  const problem = save.error instanceof ApiProblem ? save.error : null;
  const errorAt = (path: string) => problem?.fields.find(({ field }) => field === path)?.detail;
  const change = (next: Partial<PlaybookDoc>) => setDocument({ ...document, ...next });
  return (
    <form id={FORM_ID} noValidate onSubmit={(event) => { event.preventDefault(); save.mutate(); }}>
      <PageHeader title={name || t("playbook")} back={back} actions={!isFixed && <Button type="button" variant="default" color="red" leftSection={<IconTrash size={18} stroke={1.5} />} onClick={asking.open}>{t("common:actions.delete")}</Button>} />
      {save.isError && <Alert role="alert" color="red" mb="md">{describeError(save.error)}</Alert>}
      <fieldset disabled={isFixed} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
        <Section title={t("what")} hint={t("whatHint")} isForm>
          <Stack gap="md">
            <TextInput label={t("name")} maxLength={120} value={name} error={errorAt("name")} onChange={(event) => setName(event.currentTarget.value)} />
            <ForWhom document={document} onChange={change} />
          </Stack>
        </Section>
        <Section title={t("script")} hint={t("scriptHint")} isForm>
          <Script document={document} errorAt={errorAt} onChange={setDocument} isFixed={isFixed} />
        </Section>
        <Section title={t("objections")} hint={t("objectionsHint")} isForm>
          <Stack gap="sm">
            {document.objections.map((objection, index) => (
              <div key={index} className={classes["pair"]}>
                <TextInput aria-label={t("objection")} placeholder={t("objection")} maxLength={LINE_CHARS_MAX} value={objection.objection} error={errorAt(`document.objections.${index}.objection`)}
                  onChange={(event) => change({ objections: replaced(document.objections, index, { ...objection, objection: event.currentTarget.value }) })} />
                <Textarea aria-label={t("answer")} placeholder={t("answer")} autosize minRows={1} maxLength={TEXT_CHARS_MAX} value={objection.answer} error={errorAt(`document.objections.${index}.answer`)}
                  onChange={(event) => change({ objections: replaced(document.objections, index, { ...objection, answer: event.currentTarget.value }) })} />
                <Remove label={t("removeObjection", { number: index + 1 })} onClick={() => change({ objections: without(document.objections, index) })} />
              </div>
            ))}
            <AddButton isHidden={isFixed} onClick={() => change({ objections: [...document.objections, { objection: "", answer: "" }] })}>{t("addObjection")}</AddButton>
          </Stack>
        </Section>
        <Section title={t("checklist")} hint={t("checklistHint")} isForm>
          <Stack gap="sm">
            {document.checklist.map((point, index) => (
              <div key={point.id} className={classes["line"]}>
                <TextInput aria-label={t("point")} placeholder={t("point")} maxLength={LINE_CHARS_MAX} value={point.text} error={errorAt(`document.checklist.${index}.text`)}
                  onChange={(event) => change({ checklist: replaced(document.checklist, index, { ...point, text: event.currentTarget.value }) })} />
                <Remove label={t("removePoint", { number: index + 1 })} onClick={() => change({ checklist: without(document.checklist, index) })} />
              </div>
            ))}
            <AddButton isHidden={isFixed} onClick={() => change({ checklist: [...document.checklist, { id: freshId(document.checklist, "point"), text: "" }] })}>{t("addPoint")}</AddButton>
          </Stack>
        </Section>
      </fieldset>
      {!isFixed && <SaveBar isDirty={isDirty} isSaving={save.isPending} onDiscard={() => { setName(book.name); setDocument(book.document); save.reset(); }} />}
      <ConfirmDialog isOpen={isAsking} title={t("deleteTitle", { name: book.name })} confirm={t("common:actions.delete")} isHarmful isBusy={remove.isPending} onConfirm={() => remove.mutate()} onCancel={asking.close}>{t("deleteText")}</ConfirmDialog>
      {guard}
    </form>
  );
}

const replaced = <T,>(list: readonly T[], at: number, item: T): T[] => list.map((one, index) => (index === at ? item : one));
const without = <T,>(list: readonly T[], at: number): T[] => list.filter((_, index) => index !== at);

function freshId(list: readonly { id: string }[], word: string): string {
  let number = list.length + 1;
  while (list.some(({ id }) => id === `${word}-${number}`)) number += 1;
  return `${word}-${number}`;
}

function ForWhom({ document, onChange }: { document: PlaybookDoc; onChange: (next: Partial<PlaybookDoc>) => void }) {
  const { t, i18n } = useTranslation(["playbooks", "common"]);
  const { data: funnels } = useQuery(funnelViewsQuery);
  const stages = new Map((funnels?.items ?? []).flatMap(({ document: funnel }) => funnel.stages.map((stage) => [stage.id, stageName(stage, i18n.language)] as const)));
  // A stage that a funnel has lost is still shown, to be taken out.
  document.stages.forEach((id) => { if (!stages.has(id)) stages.set(id, id); });
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
      <MultiSelect label={t("stages")} placeholder={document.stages.length === 0 ? t("everyStage") : ""} data={[...stages].map(([value, label]) => ({ value, label }))} value={document.stages} onChange={(next) => onChange({ stages: next })} />
      <MultiSelect label={t("roles")} placeholder={document.roles.length === 0 ? t("everyRole") : ""} data={ROLES.map((role) => ({ value: role, label: t(`common:roles.${role}`) }))} value={document.roles} onChange={(next) => onChange({ roles: next })} />
    </SimpleGrid>
  );
}

interface ScriptProps {
  document: PlaybookDoc;
  isFixed: boolean;
  errorAt: (path: string) => string | undefined;
  onChange: (document: PlaybookDoc) => void;
}

function Script({ document, isFixed, errorAt, onChange }: ScriptProps) {
  const { t } = useTranslation("playbooks");
  const { steps } = document;
  const change = (index: number, step: ScriptStep) => onChange({ ...document, steps: replaced(steps, index, step) });
  return (
    <Stack gap="md">
      {steps.map((step, index) => {
        const wrong = errorAt(`document.steps.${index}`);
        return (
          <div key={step.id} className={classes["step"]} data-wrong={wrong !== undefined || undefined} role="group" aria-label={t("stepNumber", { number: index + 1 })}>
            <div className={classes["stepHead"]}>
              <Badge color={index === 0 ? "fjord" : "gray"}>{index === 0 ? t("firstStep") : t("stepNumber", { number: index + 1 })}</Badge>
              {!isFixed && index > 0 && <Remove label={t("removeStep", { number: index + 1 })} onClick={() => onChange(removedStep(document, step.id))} />}
            </div>
            <Textarea aria-label={t("say")} placeholder={t("say")} autosize minRows={2} maxLength={TEXT_CHARS_MAX} value={step.say} error={wrong ?? errorAt(`document.steps.${index}.say`)} onChange={(event) => change(index, { ...step, say: event.currentTarget.value })} />
            <Stack gap="xs" mt="sm">
              {step.answers.map((answer, at) => (
                <div key={at} className={classes["pair"]}>
                  <TextInput aria-label={t("answerLabel")} placeholder={t("answerLabel")} maxLength={LINE_CHARS_MAX} value={answer.label} error={errorAt(`document.steps.${index}.answers.${at}.label`)}
                    onChange={(event) => change(index, { ...step, answers: replaced(step.answers, at, { ...answer, label: event.currentTarget.value }) })} />
                  <Select aria-label={t("leadsTo")} placeholder={t("leadsTo")} value={answer.next || null} error={errorAt(`document.steps.${index}.answers.${at}.next`)}
                    data={[...steps.map((one, place) => ({ value: one.id, label: `${place + 1}. ${short(one.say)}` })), { value: NEW, label: t("newStepHere") }]}
                    onChange={(next) => onChange(next === NEW ? withNewStep(document, index, at) : { ...document, steps: replaced(steps, index, { ...step, answers: replaced(step.answers, at, { ...answer, next: next ?? "" }) }) })} />
                  <Remove label={t("removeAnswer", { number: at + 1 })} onClick={() => change(index, { ...step, answers: without(step.answers, at) })} />
                </div>
              ))}
              {step.answers.length === 0 && <Text size="xs" c="dimmed">{t("isEnd")}</Text>}
              <AddButton isHidden={isFixed} onClick={() => change(index, { ...step, answers: [...step.answers, { label: "", next: "" }] })}>{t("addAnswer")}</AddButton>
            </Stack>
          </div>
        );
      })}
      {steps.length === 0 && <AddButton isHidden={isFixed} onClick={() => onChange({ ...document, steps: [{ id: "start", say: "", answers: [] }] })}>{t("addScript")}</AddButton>}
    </Stack>
  );
}

/** No step can have this id: it is no letter, digit or hyphen. */
const NEW = "+";
const SHORT_CHARS = 48;
const short = (say: string): string => {
  const plain = say.replace(/[*_“”«»]/g, "").trim();
  return plain.length > SHORT_CHARS ? `${plain.slice(0, SHORT_CHARS)} …` : plain || "…";
};

function Remove({ label, onClick }: { label: string; onClick: () => void }) {
  return <ActionIcon type="button" aria-label={label} size={34} onClick={onClick}><IconX size={16} stroke={1.5} /></ActionIcon>;
}

function AddButton({ isHidden, onClick, children }: { isHidden: boolean; onClick: () => void; children: string }) {
  if (isHidden) return null;
  return <Button type="button" size="sm" variant="subtle" w="fit-content" leftSection={<IconPlus size={16} stroke={1.5} />} onClick={onClick}>{children}</Button>;
}
