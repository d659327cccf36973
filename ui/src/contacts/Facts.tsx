import { ActionIcon, Anchor, Group, Select, TagsInput, Text, TextInput, Title, Tooltip, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPencil, IconRosetteDiscountCheck } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { sessionQuery } from "../api/queries";
import { describeError } from "../components/problem";
import { COMPANIES, fetchCompanies } from "../companies/api";
import { usersQuery } from "../deals/api";
import { useFormat } from "../i18n";
import { fieldsQuery } from "../records/api";
import { EditableFact, Fact, OwnFields } from "../records/OwnFields";
import { useMay } from "../session/useMay";
import { CONTACTS, contactQuery, updateContact, type Contact, type ContactChange } from "./api";
import classes from "./ContactScreen.module.css";
import { languageName } from "./ContactsScreen";

function useChange(contact: Contact) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: ContactChange) => updateContact(contact.id, change),
    onSuccess: async (changed) => {
      queries.setQueryData(contactQuery(contact.id).queryKey, changed);
      await queries.invalidateQueries({ queryKey: [...CONTACTS, "list"] });
    },
  });
}

/** What is known about a contact. A click on a value opens it for writing; Enter keeps it, Escape leaves it as it was. */
export function Facts({ contact }: { contact: Contact }) {
  const { t } = useTranslation(["contacts", "records"]);
  const format = useFormat();
  const may = useMay();
  const isFixed = !may("contacts.write");
  const text = (name: "first_name" | "last_name" | "email" | "phone" | "company", label: string, extra?: ReactNode) => (
    !isHidden(name) && <TextFact contact={contact} label={label} value={contact[name] ?? ""} isFixed={closed(name)} extra={extra} type={name === "email" ? "email" : name === "phone" ? "tel" : "text"}
      change={(value) => ({ [name]: value })} field={name} />
  );
  const { data: fields } = useQuery(fieldsQuery("contact"));
  const { data: users } = useQuery(usersQuery);
  const owner = useChange(contact);
  // Values of the company's own fields stand under their headings.
  const traits = Object.entries(contact.traits).filter(([name]) => !fields?.items.some(({ key }) => key === name));
  const isHidden = (name: string) => (fields?.hidden ?? []).includes(name);
  const closed = (name: string) => isFixed || (fields?.fixed ?? []).includes(name);
  const people = (users?.items ?? []).filter(({ is_active, id }) => is_active || id === contact.owner_id).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <section className={classes["card"]} aria-label={t("facts")}>
      <div className={classes["cardHead"]}><Title order={2} size="h4">{t("facts")}</Title></div>
      <dl className={classes["facts"]}>
        {text("first_name", t("firstName"))}
        {text("last_name", t("lastName"))}
        {text("email", t("email"), contact.is_email_verified && contact.email && (
          <Tooltip label={t("verified")}><IconRosetteDiscountCheck size={16} color="var(--accent)" aria-label={t("verified")} role="img" /></Tooltip>
        ))}
        {text("phone", t("phone"))}
        {text("company", t("company"))}
        {!isHidden("company_id") && <CompanyFact contact={contact} isFixed={closed("company_id")} />}
        {!isHidden("owner_id") && <EditableFact field={{ name: "owner_id", label: t("records:owner"), kind: "user", choices: people }} value={contact.owner_id} isFixed={closed("owner_id")} path="owner_id" onSave={(owner_id) => owner.mutateAsync({ owner_id: (owner_id ?? null) as string | null })} />}
        <Fact label={t("language")}><LanguageFact contact={contact} isFixed={isFixed} /></Fact>
        {!isHidden("tags") && <Fact label={t("tags")}><TagsFact contact={contact} isFixed={closed("tags")} /></Fact>}
        {traits.map(([name, value]) => typeof value === "string" ? (
          <TextFact key={name} contact={contact} label={name} value={value} isFixed={closed("other")} type="text" field={`traits.${name}`} change={(written) => ({ traits: { [name]: written === "" ? null : written } })} />
        ) : (
          <Fact key={name} label={name}><span className={classes["value"]}>{typeof value === "number" ? format.decimal(value, 6) : JSON.stringify(value)}</span></Fact>
        ))}
      </dl>
    </section>
  );
}

/** The company's own fields of a contact. */
export function ContactFields({ contact }: { contact: Contact }) {
  const save = useChange(contact);
  return <OwnFields entity="contact" values={contact.traits} onSave={(key, value) => save.mutateAsync({ traits: { [key]: value } })} />;
}

const SEARCH_DELAY_MS = 250;

/** Which company they belong to, found by name while one writes. */
function CompanyFact({ contact, isFixed }: { contact: Contact; isFixed: boolean }) {
  const { t } = useTranslation(["contacts", "records", "common"]);
  const [isOpen, setIsOpen] = useState(false);
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), SEARCH_DELAY_MS);
  const save = useChange(contact);
  const found = useQuery({ queryKey: [...COMPANIES, "list", "pick", q], queryFn: ({ signal }) => fetchCompanies(q ? { q } : {}, null, signal), enabled: isOpen, placeholderData: (former) => former });
  const label = t("records:joined");
  if (!isOpen) {
    return (
      <Fact label={label}>
        <span className={classes["value"]}>
          {contact.company_id ? <Anchor component={Link} to={`/companies/${contact.company_id}`} size="sm" c="inherit">{contact.company_name}</Anchor> : <Text span size="sm" c="dimmed">–</Text>}
          {!isFixed && <ActionIcon ml="auto" size={20} variant="subtle" color="gray" aria-label={t("edit", { what: label })} onClick={() => { setText(""); setIsOpen(true); }}><IconPencil size={14} stroke={1.5} /></ActionIcon>}
        </span>
      </Fact>
    );
  }
  const now = contact.company_id ? [{ value: contact.company_id, label: contact.company_name ?? "" }] : [];
  const others = (found.data?.items ?? []).filter(({ id }) => id !== contact.company_id).map(({ id, name, domain }) => ({ value: id, label: domain ? `${name} · ${domain}` : name }));
  return (
    <Fact label={label}>
      <Select className={classes["input"] ?? ""} aria-label={label} searchable autoFocus defaultDropdownOpened clearable data={[...now, ...others]} value={contact.company_id} searchValue={text} onSearchChange={setText} filter={({ options }) => options}
        clearButtonProps={{ "aria-label": t("common:actions.clear") }} nothingFoundMessage={t("records:noCompanies")} error={save.error && describeError(save.error)} onBlur={() => setIsOpen(false)}
        onChange={(company_id) => save.mutate({ company_id }, { onSuccess: () => setIsOpen(false) })} />
    </Fact>
  );
}

interface TextFactProps {
  contact: Contact;
  label: string;
  value: string;
  type: "text" | "email" | "tel";
  isFixed: boolean;
  /** Beside the value while it is read. */
  extra?: ReactNode;
  /** The path by which the server names it in an error. */
  field: string;
  change: (value: string) => ContactChange;
}

function TextFact({ contact, label, value, type, isFixed, extra, field, change }: TextFactProps) {
  const { t } = useTranslation("contacts");
  const [draft, setDraft] = useState<string | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const save = useChange(contact);
  const close = () => {
    setDraft(null);
    save.reset();
    // Back to where the keyboard was, once the button is there again.
    requestAnimationFrame(() => button.current?.focus());
  };
  const keep = () => {
    if (draft === null || save.isPending) return;
    if (draft.trim() === value) { setDraft(null); save.reset(); return; }
    save.mutate(change(draft.trim()), { onSuccess: () => setDraft(null) });
  };
  if (draft === null) {
    const shown = <span>{value || <Text span size="sm" c="dimmed">{isFixed ? "–" : t("addValue")}</Text>}</span>;
    return (
      <Fact label={label}>
        {isFixed ? <span className={classes["value"]}>{shown}{extra}</span> : (
          <UnstyledButton ref={button} className={classes["value"] ?? ""} onClick={() => setDraft(value)}>
            {shown}
            {extra}
            <VisuallyHidden>{t("edit", { what: label })}</VisuallyHidden>
          </UnstyledButton>
        )}
      </Fact>
    );
  }
  const problem = save.error instanceof ApiProblem ? (save.error.fields.find((one) => one.field === field)?.detail ?? describeError(save.error)) : save.error && describeError(save.error);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") { event.preventDefault(); keep(); }
    if (event.key === "Escape") { event.stopPropagation(); close(); }
  };
  return (
    <Fact label={label}>
      <TextInput className={classes["input"] ?? ""} aria-label={label} type={type} value={draft} autoFocus disabled={save.isPending} error={problem} onChange={(event) => setDraft(event.currentTarget.value)}
        onKeyDown={onKeyDown} onBlur={keep} autoComplete="off" />
    </Fact>
  );
}

function LanguageFact({ contact, isFixed }: { contact: Contact; isFixed: boolean }) {
  const { t } = useTranslation("contacts");
  const { data: session } = useQuery(sessionQuery);
  const save = useChange(contact);
  const codes = [...new Set([...(session?.company?.locales ?? []), contact.locale])];
  if (isFixed) return <span className={classes["value"]}>{languageName(contact.locale)}</span>;
  return (
    <Select className={classes["input"] ?? ""} variant="unstyled" styles={{ input: { paddingLeft: 8 } }} aria-label={t("language")} data={codes.map((code) => ({ value: code, label: languageName(code) }))}
      value={save.isPending ? (save.variables.locale ?? contact.locale) : contact.locale} error={save.error && describeError(save.error)} onChange={(locale) => locale && save.mutate({ locale })} />
  );
}

function TagsFact({ contact, isFixed }: { contact: Contact; isFixed: boolean }) {
  const { t } = useTranslation("contacts");
  const save = useChange(contact);
  if (isFixed) return <span className={classes["value"]}>{contact.tags.join(", ") || "–"}</span>;
  return (
    <Group gap={4} wrap="nowrap" align="flex-start">
      <TagsInput className={classes["input"] ?? ""} aria-label={t("tags")} placeholder={contact.tags.length ? "" : t("addValue")} value={save.isPending ? (save.variables.tags ?? contact.tags) : contact.tags}
        error={save.error && describeError(save.error)} onChange={(tags) => save.mutate({ tags })} variant="unstyled" styles={{ input: { paddingLeft: 8 } }} />
    </Group>
  );
}
