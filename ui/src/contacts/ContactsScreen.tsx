import { Anchor, Badge, Button, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAddressBook, IconChartCircles, IconFileImport, IconUserPlus, IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../api/queries";
import type { Column } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { usersQuery } from "../deals/api";
import { channelName, type FunnelView } from "../funnels/document";
import { LANGUAGE_NAMES, parseLanguage, useFormat } from "../i18n";
import { textFor } from "../localized";
import { ExportMenu } from "../records/ExportMenu";
import type { ListField } from "../records/fields";
import { SEGMENT, type Condition } from "../records/filter";
import { RecordsList, selectionOf, shownColumns } from "../records/RecordsList";
import { useListFields } from "../records/useRecords";
import { segmentsQuery, type Segment } from "../segments/api";
import { useMay } from "../session/useMay";
import { CONTACTS, fetchContacts, type Contact } from "./api";
import { ContactName } from "./ContactName";

const CreateContact = lazy(() => import("./CreateContact"));

/** Everybody whom the company may write to. */
export function ContactsScreen() {
  const { t, i18n } = useTranslation(["contacts", "common", "records"]);
  const search = useSearch({ from: "/app/contacts" });
  const navigate = useNavigate({ from: "/contacts" });
  const may = useMay();
  const { data: funnels } = useQuery(funnelViewsQuery);
  const [isCreating, creating] = useDisclosure(false);
  const { data: segments } = useQuery(segmentsQuery);
  const { fields, own, isHidden, isFixed } = useListFields("contact", useBuiltIn(funnels?.items ?? [], segments?.items ?? []));
  const columns = useColumns(funnels?.items ?? []).filter(({ key }) => !isHidden(key));
  const change = (next: typeof search) => void navigate({ search: next, replace: true, resetScroll: false });
  const { q, channel, source, sort, filter, columns: chosen } = search;
  const asked = { q, channel, source, sort, filter };
  const also = alsoFilter(search.channel, search.source);
  const buttons = (
    <>
      <Button variant="default" component={Link} to="/contacts/segments" leftSection={<IconChartCircles size={18} stroke={1.5} />}>{t("segments")}</Button>
      {may("contacts.delete") && <Button variant="default" component={Link} to="/contacts/duplicates" leftSection={<IconUsers size={18} stroke={1.5} />}>{t("duplicates")}</Button>}
      <ExportMenu entity="contact" selection={selectionOf(search, also)} sort={search.sort} columns={shownColumns(columns, own, chosen)} name={t("common:nav.contacts")} />
      {may("imports.write") && <Button variant="default" component={Link} to="/imports" leftSection={<IconFileImport size={18} stroke={1.5} />}>{t("import")}</Button>}
      {may("contacts.write") && <Button leftSection={<IconUserPlus size={18} stroke={1.5} />} onClick={creating.open}>{t("add")}</Button>}
    </>
  );
  return (
    <div>
      <PageHeader title={t("common:nav.contacts")} lead={t("lead")} actions={buttons} />
      <RecordsList<Contact, typeof search> entity="contact" label={t("common:nav.contacts")} all={t("records:allContacts")} search={search} onSearch={change} columns={columns} fields={fields} own={own} isFixed={isFixed}
        valuesOf={(row) => row.traits} queryKey={[...CONTACTS, "list", asked]} fetchPage={(cursor, signal) => fetchContacts(asked, cursor, signal)}
        rowKey={(row) => row.id} rowName={(row) => row.display_name} onOpen={(row) => void navigate({ to: "/contacts/$contactId", params: { contactId: row.id } })} alsoFilter={also}
        more={
          <Group gap={8}>
            {search.channel && <Off label={channelName(search.channel, funnels?.items ?? [], i18n.language)} onOff={() => { const next = { ...search }; delete next.channel; change(next); }} />}
            {search.source && <Off label={t("ofImport")} onOff={() => { const next = { ...search }; delete next.source; change(next); }} />}
          </Group>
        }
        empty={<EmptyState icon={IconAddressBook} title={t("empty")} hint={t("emptyHint")} actions={may("contacts.write") && <Button onClick={creating.open}>{t("add")}</Button>} />} />
      <Suspense>
        {isCreating && <CreateContact onClose={creating.close} onDone={(contact) => void navigate({ to: "/contacts/$contactId", params: { contactId: contact.id } })} />}
      </Suspense>
    </div>
  );
}

/** Something that an address narrows the list to, which links from elsewhere bring. */
function Off({ label, onOff }: { label: string; onOff: () => void }) {
  return <Badge size="lg" component="button" style={{ cursor: "pointer" }} onClick={onOff}>{label} ×</Badge>;
}

function alsoFilter(channel: string | undefined, source: string | undefined): Condition | null {
  const parts = [...(channel ? [{ field: "channel", is: channel }] : []), ...(source ? [{ field: "source", is: source }] : [])];
  return parts.length > 0 ? ({ all: parts }) : null;
}

function useBuiltIn(funnels: readonly FunnelView[], segments: readonly Segment[]): ListField[] {
  const { t, i18n } = useTranslation(["contacts", "records"]);
  return [
    { name: "name", label: t("name"), kind: "text" },
    { name: "first_name", label: t("firstName"), kind: "text" },
    { name: "last_name", label: t("lastName"), kind: "text" },
    { name: "email", label: t("email"), kind: "text" },
    { name: "phone", label: t("phone"), kind: "text" },
    { name: "company", label: t("company"), kind: "text" },
    { name: "company_id", label: t("records:joined"), kind: "company" },
    { name: "owner_id", label: t("records:owner"), kind: "user" },
    { name: "tags", label: t("tags"), kind: "tags" },
    { name: "channel", label: t("channel"), kind: "channel", choices: channelChoices(funnels, i18n.language) },
    { name: SEGMENT, label: t("records:segment"), kind: "segment", choices: segments.map(({ id, name }) => ({ value: id, label: name })) },
    { name: "locale", label: t("language"), kind: "choice", choices: Object.entries(LANGUAGE_NAMES).map(([value, label]) => ({ value, label })) },
    { name: "is_email_verified", label: t("records:verified"), kind: "yes_no" },
    { name: "created_at", label: t("created"), kind: "date_time" },
    { name: "updated_at", label: t("records:updated"), kind: "date_time" },
  ];
}

/** The channels of all funnels, by name. */
function channelChoices(funnels: readonly FunnelView[], language: string) {
  const all = new Map(funnels.flatMap(({ document }) => (document.channels ?? []).map(({ id, name }) => [id, textFor(name, language).trim() || id] as const)));
  return [...all].map(([value, label]) => ({ value, label }));
}

function useColumns(funnels: readonly FunnelView[]): Column<Contact>[] {
  const { t, i18n } = useTranslation(["contacts", "records"]);
  const format = useFormat();
  const { data: users } = useQuery(usersQuery);
  const dash = <Text span c="dimmed">–</Text>;
  return [
    { key: "name", header: t("name"), isSortable: true, cell: (row) => <ContactName id={row.id} name={row.display_name} /> },
    {
      key: "email",
      header: t("email"),
      isSortable: true,
      cell: (row) => row.email === row.display_name ? dash : row.email ? <Anchor href={`mailto:${row.email}`} size="sm" c="inherit" truncate style={{ overflowWrap: "anywhere" }}>{row.email}</Anchor> : dash,
    },
    {
      key: "company",
      header: t("company"),
      isSortable: true,
      isHiddenOnPhone: true,
      cell: (row) => row.company_id && row.company_name ? <Anchor component={Link} to={`/companies/${row.company_id}`} size="sm" c="inherit">{row.company_name}</Anchor> : row.company || dash,
    },
    { key: "phone", header: t("phone"), isSortable: true, cell: (row) => row.phone || dash, isOptional: true, isHiddenOnPhone: true },
    { key: "owner_id", header: t("records:owner"), isSortable: true, isOptional: true, isHiddenOnPhone: true, cell: (row) => users?.items.find(({ id }) => id === row.owner_id)?.name ?? dash },
    { key: "channel", header: t("channel"), isSortable: true, cell: (row) => (row.channel ? channelName(row.channel, funnels, i18n.language) : dash) },
    {
      key: "tags",
      header: t("tags"),
      isHiddenOnPhone: true,
      cell: (row) => row.tags.length === 0 ? dash : (
        <Group gap={4} wrap="nowrap">
          {row.tags.slice(0, 2).map((tag) => <Badge key={tag} color="gray">{tag}</Badge>)}
          {row.tags.length > 2 && <Text span size="xs" c="dimmed">+{row.tags.length - 2}</Text>}
        </Group>
      ),
    },
    { key: "locale", header: t("language"), isSortable: true, cell: (row) => languageName(row.locale), isOptional: true, isHiddenOnPhone: true },
    { key: "created_at", header: t("created"), isSortable: true, align: "right", cell: (row) => <time dateTime={row.created_at}>{format.date(row.created_at)}</time> },
    { key: "updated_at", header: t("records:updated"), isSortable: true, isOptional: true, isHiddenOnPhone: true, align: "right", cell: (row) => <time dateTime={row.updated_at}>{format.date(row.updated_at)}</time> },
  ];
}

/** A language as its speakers write it; one that the interface does not speak by its code. */
export function languageName(code: string): string {
  const known = parseLanguage(code);
  return known ? LANGUAGE_NAMES[known] : code;
}
