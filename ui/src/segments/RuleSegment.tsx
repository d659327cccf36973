import { Alert, Button, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { PageHeader } from "../components/PageHeader";
import { describeError, toastDone } from "../components/problem";
import { SaveBar } from "../components/SaveBar";
import { Section } from "../components/Section";
import { useLeaveGuard } from "../components/useLeaveGuard";
import type { Condition } from "../records/filter";
import { useMay } from "../session/useMay";
import { contactsIn, createSegment, DESCRIPTION_MAX, forgetSegments, NAME_MAX, previewQuery, segmentQuery, updateSegment, type Segment, type SegmentRequest } from "./api";
import { LiveCount } from "./LiveCount";
import { RuleBuilder } from "./RuleBuilder";
import { emptyRule, fromRule, isFinished, toRule } from "./rule";
import { SegmentActions } from "./SegmentActions";
import classes from "./Segments.module.css";
import { useRuleFields, useWords } from "./useWords";
import { ruleInWords } from "./words";

/** A rule is asked for when nobody has written for so long. */
const COUNT_DELAY_MS = 350;

interface Props {
  /** None while it is new. */
  segment: Segment | null;
  name?: string;
  rule: Condition | null;
}

/** A segment whose rule says who is in it: the rule, and whom it finds while it is written. */
export function RuleSegment({ segment, name: firstName = "", rule: saved }: Props) {
  const { t } = useTranslation(["segments", "common"]);
  const mayWrite = useMay()("segments.write");
  const fields = useRuleFields();
  const words = useWords(fields);
  const [name, setName] = useState(segment?.name ?? firstName);
  const [description, setDescription] = useState(segment?.description ?? "");
  const first = () => (saved ? fromRule(saved) : emptyRule());
  const [draft, setDraft] = useState(first);
  const [isMarked, setIsMarked] = useState(false);
  const rule = toRule(draft);
  const [counted] = useDebouncedValue(rule, COUNT_DELAY_MS, { leading: false });
  const isSameRule = JSON.stringify(draft) === JSON.stringify(first());
  const isDirty = mayWrite && (segment ? name !== segment.name || description !== segment.description || !isSameRule : true);
  const save = useSave(segment);
  const preview = useQuery({ ...previewQuery(counted, segment?.id ?? null), enabled: counted !== null });
  const guard = useLeaveGuard(isDirty && !save.isPending && !save.isSuccess && (segment !== null || !isSameRule || name !== firstName || description !== ""));
  const send = () => {
    if (!name.trim() || !rule || !isFinished(draft)) { setIsMarked(true); return; }
    save.mutate({ name: name.trim(), description, rule, ...(segment ? { base_version: segment.version } : {}) });
  };
  const problem = save.error instanceof ApiProblem ? save.error : null;
  const errorAt = (field: string) => problem?.fields.find((one) => one.field === field)?.detail;
  const ruleProblem = errorAt("rule") ?? (preview.error ? detailOf(preview.error) : isMarked && draft.parts.length === 0 ? t("noRule") : isMarked && !isFinished(draft) ? t("unfinished") : null);
  const isOther = save.error && !problem?.fields.some(({ field }) => ["name", "description", "rule"].includes(field));
  return (
    <form noValidate onSubmit={(event) => { event.preventDefault(); send(); }}>
      <PageHeader title={segment ? segment.name : t("newTitle")} lead={!mayWrite && description} back={{ to: "/contacts/segments", label: t("title") }}
        actions={segment && <><Button component={Link} to={contactsIn(segment.id)} variant="default">{t("showContacts")}</Button><SegmentActions segment={segment} /></>} />
      {isOther && <Alert role="alert" color="red" mb="md">{describeError(save.error)}</Alert>}
      <div className={classes["editor"]}>
        <div style={{ minWidth: 0 }}>
          {mayWrite && (
            <Stack gap="md" mb="lg">
              <TextInput label={t("name")} maxLength={NAME_MAX} value={name} autoFocus={!segment} error={errorAt("name") ?? (isMarked && !name.trim() && t("nameMissing"))} onChange={(event) => setName(event.currentTarget.value)} />
              <Textarea label={t("description")} autosize minRows={1} maxRows={6} maxLength={DESCRIPTION_MAX} value={description} error={errorAt("description")} onChange={(event) => setDescription(event.currentTarget.value)} />
            </Stack>
          )}
          <Section title={t("rule")} hint={t("ruleHint")}>
            {ruleProblem && <Alert role="alert" color="red" variant="light" mb="sm">{ruleProblem}</Alert>}
            {mayWrite && <RuleBuilder rule={draft} onChange={setDraft} fields={fields} self={segment?.id ?? null} isMarked={isMarked} />}
            {rule && <div className={classes["words"]}><Text size="xs" c="dimmed">{t("inWords")}</Text><Text size="sm">{ruleInWords(rule, words)}</Text></div>}
          </Section>
        </div>
        <LiveCount isWriting={JSON.stringify(counted) !== JSON.stringify(rule)} rule={counted} id={segment?.id ?? null} title={segment && isSameRule ? t("live.titleSaved") : t("live.title")} />
      </div>
      {mayWrite && <SaveBar isDirty={isDirty} isSaving={save.isPending} {...(segment ? { onDiscard: () => { setName(segment.name); setDescription(segment.description); setDraft(first()); setIsMarked(false); save.reset(); } } : { label: t("create") })} />}
      {guard}
    </form>
  );
}

/** What the server said of the rule itself, else of the request. */
const detailOf = (error: unknown): string => (error instanceof ApiProblem ? error.fields[0]?.detail : undefined) ?? describeError(error);

function useSave(segment: Segment | null) {
  const { t } = useTranslation("segments");
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (request: SegmentRequest) => (segment ? updateSegment(segment.id, request) : createSegment(request)),
    onSuccess: async (saved) => {
      toastDone(t("saved"));
      queries.setQueryData(segmentQuery(saved.id).queryKey, saved);
      if (!segment) await navigate({ to: "/contacts/segments/$segmentId", params: { segmentId: saved.id }, replace: true, ignoreBlocker: true });
      await forgetSegments(queries);
    },
  });
}
