import { ActionIcon, Alert, Button, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconUserMinus, IconUserPlus, IconUsers } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { DataTable } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { describeError, toastDone, toastError } from "../components/problem";
import { SaveBar } from "../components/SaveBar";
import { Section } from "../components/Section";
import { useLeaveGuard } from "../components/useLeaveGuard";
import { CONTACTS, fetchContacts, type Contact } from "../contacts/api";
import { ContactName } from "../contacts/ContactName";
import { useMay } from "../session/useMay";
import { choosePeople, contactsIn, createSegment, DESCRIPTION_MAX, forgetSegments, NAME_MAX, segmentQuery, updateSegment, type Segment } from "./api";
import { SegmentActions } from "./SegmentActions";
import classes from "./Segments.module.css";

const SEARCH_DELAY_MS = 250;

/** A segment whose people somebody chooses. */
export function ChosenPeople({ segment }: { segment: Segment }) {
  const { t } = useTranslation("segments");
  const mayWrite = useMay()("segments.write");
  return (
    <div>
      <PageHeader title={segment.name} lead={!mayWrite && segment.description} back={{ to: "/contacts/segments", label: t("title") }}
        actions={<><Button component={Link} to={contactsIn(segment.id)} variant="default">{t("showContacts")}</Button><SegmentActions segment={segment} /></>} />
      {mayWrite && <Naming segment={segment} />}
      <Section title={t("chosen.title")} hint={t("chosen.hint")}>
        <People segment={segment} mayWrite={mayWrite} />
      </Section>
    </div>
  );
}

/** The name of a segment that is to be chosen by hand; its people follow. */
export function NewChosen() {
  const { t } = useTranslation("segments");
  return (
    <div>
      <PageHeader title={t("newTitle")} lead={t("byHand")} back={{ to: "/contacts/segments", label: t("title") }} />
      <Naming segment={null} />
    </div>
  );
}

function Naming({ segment }: { segment: Segment | null }) {
  const { t } = useTranslation("segments");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState(segment?.name ?? "");
  const [description, setDescription] = useState(segment?.description ?? "");
  const [isMarked, setIsMarked] = useState(false);
  const save = useMutation({
    mutationFn: () => segment ? updateSegment(segment.id, { name: name.trim(), description, base_version: segment.version }) : createSegment({ name: name.trim(), description }),
    onSuccess: async (saved) => {
      toastDone(t("saved"));
      queries.setQueryData(segmentQuery(saved.id).queryKey, saved);
      if (!segment) await navigate({ to: "/contacts/segments/$segmentId", params: { segmentId: saved.id }, replace: true, ignoreBlocker: true });
      await forgetSegments(queries);
    },
  });
  const isDirty = name !== (segment?.name ?? "") || description !== (segment?.description ?? "");
  const guard = useLeaveGuard(isDirty && !save.isPending && !save.isSuccess);
  const problem = save.error instanceof ApiProblem ? save.error : null;
  const errorAt = (field: string) => problem?.fields.find((one) => one.field === field)?.detail;
  return (
    <form noValidate onSubmit={(event) => { event.preventDefault(); if (name.trim()) save.mutate(); else setIsMarked(true); }}>
      {save.error && !problem?.fields.length && <Alert role="alert" color="red" mb="md">{describeError(save.error)}</Alert>}
      <Section title={t("what")} hint={t("whatHint")} isForm>
        <Stack gap="md">
          <TextInput label={t("name")} maxLength={NAME_MAX} value={name} autoFocus={!segment} error={errorAt("name") ?? (isMarked && !name.trim() && t("nameMissing"))} onChange={(event) => setName(event.currentTarget.value)} />
          <Textarea label={t("description")} autosize minRows={1} maxRows={6} maxLength={DESCRIPTION_MAX} value={description} error={errorAt("description")} onChange={(event) => setDescription(event.currentTarget.value)} />
        </Stack>
      </Section>
      {(isDirty || !segment) && <SaveBar isDirty isSaving={save.isPending} {...(segment ? { onDiscard: () => { setName(segment.name); setDescription(segment.description); save.reset(); } } : { label: t("create") })} />}
      {guard}
    </form>
  );
}

function useChoose(segment: Segment) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: { add?: readonly string[]; remove?: readonly string[] }) => choosePeople(segment.id, change),
    onError: toastError,
    onSuccess: (saved) => {
      queries.setQueryData(segmentQuery(saved.id).queryKey, saved);
      return forgetSegments(queries);
    },
  });
}

function People({ segment, mayWrite }: { segment: Segment; mayWrite: boolean }) {
  const { t } = useTranslation(["segments", "contacts"]);
  const [state, setState] = useState<{ q?: string; sort?: string }>({});
  const choose = useChoose(segment);
  const filter = JSON.stringify({ segment: segment.id });
  return (
    <>
      {mayWrite && <AddPerson segment={segment} />}
      <DataTable<Contact> id="segment-people" label={t("chosen.title")} queryKey={[...CONTACTS, "list", "segment", segment.id, state]} state={state} onState={setState}
        fetchPage={(cursor, signal) => fetchContacts({ ...state, filter }, cursor, signal)} rowKey={({ id }) => id} rowName={({ display_name }) => display_name}
        columns={[
          { key: "name", header: t("contacts:name"), isSortable: true, cell: (row) => <ContactName id={row.id} name={row.display_name} /> },
          { key: "email", header: t("contacts:email"), isSortable: true, isFixed: true, cell: (row) => (row.email === row.display_name ? "–" : row.email || "–") },
          ...(mayWrite ? [{ key: "remove", header: "", align: "right" as const, isFixed: true, width: 56, cell: (row: Contact) => (
            <ActionIcon variant="subtle" color="gray" aria-label={t("chosen.removeOne", { name: row.display_name })} loading={choose.isPending && choose.variables.remove?.[0] === row.id} onClick={() => choose.mutate({ remove: [row.id] })}><IconUserMinus size={16} stroke={1.5} /></ActionIcon>
          ) }] : []),
        ]}
        {...(mayWrite ? { bulkActions: (keys: readonly string[], clear: () => void) => <Button variant="default" size="compact-sm" leftSection={<IconUserMinus size={16} stroke={1.5} />} loading={choose.isPending} onClick={() => choose.mutate({ remove: keys }, { onSuccess: clear })}>{t("chosen.remove")}</Button> } : {})}
        empty={<EmptyState isCompact icon={IconUsers} title={t("chosen.empty")} hint={t(mayWrite ? "chosen.emptyHint" : "chosen.emptyReader")} />} />
    </>
  );
}

/** One more person, found by name while one writes. */
function AddPerson({ segment }: { segment: Segment }) {
  const { t } = useTranslation("segments");
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), SEARCH_DELAY_MS);
  const choose = useChoose(segment);
  const found = useQuery({ queryKey: [...CONTACTS, "list", "pick", q], queryFn: ({ signal }) => fetchContacts({ q }, null, signal), enabled: q !== "", placeholderData: (former) => former });
  const people = q === "" ? [] : (found.data?.items ?? []);
  const labelOf = ({ display_name: name, email }: Contact) => (email && email !== name ? `${name} · ${email}` : name);
  return (
    <Select className={classes["search"] ?? ""} aria-label={t("chosen.add")} placeholder={t("chosen.add")} leftSection={<IconUserPlus size={16} stroke={1.5} aria-hidden />} searchable value={null} searchValue={text} onSearchChange={setText}
      filter={({ options }) => options} data={people.map((contact) => ({ value: contact.id, label: labelOf(contact) }))} nothingFoundMessage={q === "" ? t("chosen.addHint") : found.isFetching ? undefined : t("chosen.nobodyFound")}
      onChange={(id) => { if (id) choose.mutate({ add: [id] }); setText(""); }} />
  );
}
