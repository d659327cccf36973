import { ActionIcon, Badge, Button, Checkbox, Group, Modal, MultiSelect, SegmentedControl, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconArchive, IconArrowBackUp, IconArrowDown, IconArrowUp, IconEyeOff, IconForms, IconGripVertical, IconLock, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import type { Role } from "../api/types";
import { EmptyState } from "../components/EmptyState";
import { FormProblem } from "../components/FormProblem";
import { toastError } from "../components/problem";
import { Section } from "../components/Section";
import { useApiForm } from "../components/useApiForm";
import { LANGUAGE_NAMES, parseLanguage } from "../i18n";
import { ownText, textFor, withText, type Localized } from "../localized";
import { useMay } from "../session/useMay";
import { Loaded } from "../settings/Loaded";
import rows from "../settings/SettingsScreen.module.css";
import { createField, FIELDS, fieldsQuery, orderFields, setAccess, updateField, type Field, type FieldAccess, type FieldEntity, type FieldKind, type FieldList } from "./api";
import classes from "./FieldsTab.module.css";
import { keyOf } from "./fields";

const ENTITIES: readonly FieldEntity[] = ["contact", "company", "deal"];
const KINDS: readonly FieldKind[] = ["text", "long_text", "whole_number", "number", "money", "date", "date_time", "yes_no", "choice", "choices", "url", "email", "phone", "user"];
/** Owner and administrator see and change everything. */
const ROLES: readonly Role[] = ["marketer", "manager", "rep", "viewer"];

/** Fields of the company's own: what they are called, in which order, and who sees and changes which. */
export default function FieldsTab() {
  const { t } = useTranslation("records");
  const [entity, setEntity] = useState<FieldEntity>("contact");
  const fields = useQuery(fieldsQuery(entity));
  return (
    <>
      <SegmentedControl mb="lg" value={entity} aria-label={t("fieldsOf")} data={ENTITIES.map((value) => ({ value, label: t(`entities.${value}`) }))} onChange={setEntity} />
      <Loaded query={fields}>{(list) => <Stack gap="xl"><Defined key={entity} entity={entity} list={list} /><Access entity={entity} list={list} /></Stack>}</Loaded>
    </>
  );
}

function useRefresh(entity: FieldEntity) {
  const queries = useQueryClient();
  return async (list?: FieldList) => {
    if (list) queries.setQueryData(fieldsQuery(entity).queryKey, list);
    await queries.invalidateQueries({ queryKey: FIELDS });
  };
}

function Defined({ entity, list }: { entity: FieldEntity; list: FieldList }) {
  const { t } = useTranslation("records");
  const may = useMay();
  const refresh = useRefresh(entity);
  const [editing, setEditing] = useState<Field | "new" | null>(null);
  const [dragged, setDragged] = useState<string | null>(null);
  const canChange = may("settings.write");
  const order = useMutation({ mutationFn: (ids: string[]) => orderFields(entity, ids), onError: toastError, onSuccess: refresh });
  const archive = useMutation({ mutationFn: (field: Field) => updateField(field.id, { is_archived: !field.is_archived }), onError: toastError, onSuccess: () => refresh() });
  const items = order.isPending ? order.variables.flatMap((id) => list.items.find((field) => field.id === id) ?? []) : list.items;
  const move = (id: string, to: number) => {
    const ids = items.map((field) => field.id).filter((one) => one !== id);
    ids.splice(to, 0, id);
    order.mutate(ids);
  };
  const add = canChange && <Button leftSection={<IconPlus size={18} stroke={1.5} />} onClick={() => setEditing("new")}>{t("addField")}</Button>;
  return (
    <Section title={t("ownFields")} hint={t("ownFieldsHint")} actions={add}>
      {items.length === 0 ? <EmptyState isCompact icon={IconForms} title={t("noFields")} hint={t("noFieldsHint")} /> : (
        <ol className={classes["fields"]}>
          {items.map((field, index) => (
            <li key={field.id} className={classes["field"]} data-off={field.is_archived || undefined} data-dragged={dragged === field.id || undefined} draggable={canChange}
              onDragStart={(event) => { setDragged(field.id); event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setData("text/plain", field.id); }} onDragEnd={() => setDragged(null)}
              onDragOver={(event) => { if (dragged) event.preventDefault(); }} onDrop={(event) => { event.preventDefault(); if (dragged && dragged !== field.id) move(dragged, index); setDragged(null); }}>
              {canChange && <IconGripVertical size={16} className={classes["grip"] ?? ""} aria-hidden />}
              <FieldRow field={field} />
              {canChange && (
                <Group gap={0} wrap="nowrap">
                  <ActionIcon aria-label={t("up", { name: nameOf(field) })} disabled={index === 0} onClick={() => move(field.id, index - 1)}><IconArrowUp size={16} stroke={1.5} /></ActionIcon>
                  <ActionIcon aria-label={t("down", { name: nameOf(field) })} disabled={index === items.length - 1} onClick={() => move(field.id, index + 1)}><IconArrowDown size={16} stroke={1.5} /></ActionIcon>
                  <ActionIcon aria-label={t("editField", { name: nameOf(field) })} onClick={() => setEditing(field)}><IconPencil size={16} stroke={1.5} /></ActionIcon>
                  <ActionIcon aria-label={t(field.is_archived ? "restore" : "archive", { name: nameOf(field) })} onClick={() => archive.mutate(field)}>{field.is_archived ? <IconArrowBackUp size={16} stroke={1.5} /> : <IconArchive size={16} stroke={1.5} />}</ActionIcon>
                </Group>
              )}
            </li>
          ))}
        </ol>
      )}
      {editing && <FieldForm entity={entity} field={editing === "new" ? null : editing} onClose={() => setEditing(null)} onDone={async () => { setEditing(null); await refresh(); }} />}
    </Section>
  );
}

const nameOf = (field: Field): string => textFor(field.label, "en") || field.key;

function FieldRow({ field }: { field: Field }) {
  const { t, i18n } = useTranslation("records");
  const group = textFor(field.group, i18n.language);
  return (
    <div className={rows["rowMain"]}>
      <Text span fw={550}>{textFor(field.label, i18n.language) || field.key}</Text>
      {field.is_required && <Badge ml={8} color="gray">{t("required")}</Badge>}
      {field.is_archived && <Badge ml={8} color="gray" variant="outline">{t("archived")}</Badge>}
      <Text size="xs" c="dimmed">{[t(`kinds.${field.kind}`), group, field.key].filter(Boolean).join(" · ")}</Text>
    </div>
  );
}

interface FormValues extends Record<string, unknown> {
  label: Localized;
  help: Localized;
  group: Localized;
  key: string;
  kind: FieldKind;
  choices: { value: string; label: Localized }[];
  is_required: boolean;
}

function FieldForm({ entity, field, onClose, onDone }: { entity: FieldEntity; field: Field | null; onClose: () => void; onDone: () => Promise<void> }) {
  const { t, i18n } = useTranslation(["records", "common"]);
  const { data: session } = useQuery(sessionQuery);
  const languages = [...new Set((session?.company?.locales ?? ["en"]).map((code) => parseLanguage(code) ?? code))];
  const [language, setLanguage] = useState(languages.includes(i18n.language) ? i18n.language : (languages[0] ?? "en"));
  const [isOwnKey, setIsOwnKey] = useState(false);
  const { form, onSubmit, isSending, problem } = useApiForm<FormValues, Field>(
    {
      mode: "controlled",
      initialValues: { label: field?.label ?? "", help: field?.help ?? "", group: field?.group ?? "", key: field?.key ?? "", kind: field?.kind ?? "text", choices: field?.choices ?? [], is_required: field?.is_required ?? false },
      validate: { label: (label) => (textFor(label, language).trim() ? null : t("common:form.required")) },
    },
    (values) => {
      const { key, kind, choices, ...shown } = values;
      const named = choices.filter(({ label }) => textFor(label, language).trim()).map((choice) => ({ ...choice, value: choice.value || keyOf(textFor(choice.label, language)) || textFor(choice.label, language) }));
      const chosen = kind === "choice" || kind === "choices" ? { choices: named } : {};
      return field ? updateField(field.id, { ...shown, ...chosen }) : createField({ entity, key, kind, ...shown, ...chosen });
    },
    onDone,
  );
  const values = form.getValues();
  const write = (name: "label" | "help" | "group", text: string) => {
    const next = withText(values[name], language, text, languages);
    form.setFieldValue(name, next);
    if (name === "label" && !field && !isOwnKey) form.setFieldValue("key", keyOf(text));
  };
  const choose = (index: number, label: string) => form.setFieldValue("choices", values.choices.map((choice, place) => (place === index ? { ...choice, label: withText(choice.label, language, label, languages) } : choice)));
  const hasChoices = values.kind === "choice" || values.kind === "choices";
  return (
    <Modal opened onClose={onClose} size="lg" title={field ? t("editField", { name: nameOf(field) }) : t("addField")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="md">
          <FormProblem message={problem} />
          {languages.length > 1 && <SegmentedControl size="xs" value={language} onChange={setLanguage} aria-label={t("writtenIn")} data={languages.map((code) => ({ value: code, label: (LANGUAGE_NAMES as Record<string, string>)[code] ?? code }))} style={{ alignSelf: "flex-start" }} />}
          <TextInput label={t("label")} data-autofocus maxLength={120} value={ownText(values.label, language)} placeholder={textFor(values.label, language)} error={form.errors["label"]} onChange={(event) => write("label", event.currentTarget.value)} />
          <Group grow align="flex-start">
            <Select label={t("kind")} data={KINDS.map((value) => ({ value, label: t(`kinds.${value}`) }))} disabled={field !== null} value={values.kind} error={form.errors["kind"]}
              onChange={(kind) => { if (kind) form.setValues({ kind, choices: kind === "choice" || kind === "choices" ? (values.choices.length ? values.choices : [{ value: "", label: "" }]) : [] }); }} />
            <TextInput label={t("key")} description={field ? undefined : t("keyHint")} inputWrapperOrder={["label", "input", "description", "error"]} disabled={field !== null} value={values.key} error={form.errors["key"]} maxLength={60} onChange={(event) => { setIsOwnKey(true); form.setFieldValue("key", event.currentTarget.value); }} />
          </Group>
          {hasChoices && (
            <Stack gap={8} role="group" aria-label={t("choices")}>
              <Text size="sm" fw={500}>{t("choices")}</Text>
              {values.choices.map((choice, index) => (
                <Group key={index} gap={8} wrap="nowrap">
                  <TextInput style={{ flex: 1 }} aria-label={t("choice", { number: index + 1 })} value={ownText(choice.label, language)} placeholder={textFor(choice.label, language)} onChange={(event) => choose(index, event.currentTarget.value)} />
                  <ActionIcon aria-label={t("removeChoice", { number: index + 1 })} onClick={() => form.setFieldValue("choices", values.choices.filter((_, place) => place !== index))}><IconTrash size={16} stroke={1.5} /></ActionIcon>
                </Group>
              ))}
              {form.errors["choices"] && <Text size="xs" c="red">{form.errors["choices"]}</Text>}
              <Button variant="subtle" size="compact-sm" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} />} onClick={() => form.setFieldValue("choices", [...values.choices, { value: "", label: "" }])}>{t("addChoice")}</Button>
            </Stack>
          )}
          <TextInput label={t("group")} description={t("groupHint")} inputWrapperOrder={["label", "input", "description", "error"]} maxLength={120} value={ownText(values.group, language)} placeholder={textFor(values.group, language)} error={form.errors["group"]} onChange={(event) => write("group", event.currentTarget.value)} />
          <Textarea label={t("help")} autosize minRows={1} maxRows={6} maxLength={1000} value={ownText(values.help, language)} placeholder={textFor(values.help, language)} error={form.errors["help"]} onChange={(event) => write("help", event.currentTarget.value)} />
          <Checkbox label={t("isRequired")} {...form.getInputProps("is_required", { type: "checkbox" })} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t("common:actions.cancel")}</Button>
            <Button type="submit" loading={isSending}>{t(field ? "common:actions.save" : "addField")}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Which roles are kept from which field; only for those who may change it. */
function Access({ entity, list }: { entity: FieldEntity; list: FieldList }) {
  const { t, i18n } = useTranslation(["records", "common"]);
  const may = useMay();
  const refresh = useRefresh(entity);
  const [field, setField] = useState<string | null>(null);
  const save = useMutation({ mutationFn: (access: FieldAccess) => setAccess(entity, access), onError: toastError, onSuccess: refresh });
  if (!may("settings.write")) return null;
  const own = list.items.map((one) => ({ value: `fields.${one.key}`, label: textFor(one.label, i18n.language) || one.key }));
  const builtIn = list.closable.map((value) => ({ value, label: t(`builtIn.${value}` as "builtIn.email", { defaultValue: value }) }));
  const labelOf = (name: string) => [...builtIn, ...own].find(({ value }) => value === name)?.label ?? name;
  const shown = list.access.filter(({ hidden_from, fixed_for, field: name }) => name !== field && ((hidden_from ?? []).length > 0 || (fixed_for ?? []).length > 0));
  const draft = field ? [list.access.find((one) => one.field === field) ?? { field, hidden_from: [], fixed_for: [] }] : [];
  const roles = ROLES.map((value) => ({ value, label: t(`common:roles.${value}`) }));
  return (
    <Section title={t("access")} hint={t("accessHint")}>
      <Stack gap="sm">
        {[...shown, ...draft].map((one) => (
          <div key={one.field} className={classes["access"]}>
            <Text size="sm" fw={550}>{labelOf(one.field)}</Text>
            <MultiSelect size="sm" leftSection={<IconEyeOff size={16} stroke={1.5} />} aria-label={t("hiddenFrom", { name: labelOf(one.field) })} placeholder={(one.hidden_from ?? []).length ? "" : t("hiddenFromNobody")} data={roles} value={one.hidden_from ?? []} onChange={(hidden_from) => save.mutate({ ...one, hidden_from: hidden_from })} />
            <MultiSelect size="sm" leftSection={<IconLock size={16} stroke={1.5} />} aria-label={t("fixedFor", { name: labelOf(one.field) })} placeholder={(one.fixed_for ?? []).length ? "" : t("fixedForNobody")} data={roles} value={one.fixed_for ?? []} onChange={(fixed_for) => save.mutate({ ...one, fixed_for: fixed_for })} />
          </div>
        ))}
        <Select maw={320} searchable aria-label={t("closeField")} placeholder={t("closeField")} value={null} data={[{ group: t("ownFields"), items: own }, { group: t("builtInFields"), items: builtIn }].filter(({ items }) => items.length > 0)} onChange={setField} />
      </Stack>
    </Section>
  );
}
