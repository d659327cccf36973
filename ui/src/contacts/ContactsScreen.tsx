import { Anchor, Badge, Button, Group, Select, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAddressBook, IconFileImport, IconTrash, IconUserPlus, IconUsers } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../api/queries";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { DataTable, type Column } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { toastDone, toastError } from "../components/problem";
import { channelName, type FunnelView } from "../funnels/document";
import { textFor } from "../localized";
import { LANGUAGE_NAMES, parseLanguage, useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { CONTACTS, deleteContact, fetchContacts, type Contact } from "./api";
import { ContactName } from "./ContactName";

const CreateContact = lazy(() => import("./CreateContact"));

/** Everybody whom the company may write to. */
export function ContactsScreen() {
  const { t, i18n } = useTranslation(["contacts", "common"]);
  const search = useSearch({ from: "/app/contacts" });
  const navigate = useNavigate({ from: "/contacts" });
  const may = useMay();
  const { data: funnels } = useQuery(funnelViewsQuery);
  const [isCreating, creating] = useDisclosure(false);
  const columns = useColumns(funnels?.items ?? []);
  const channels = channelChoices(funnels?.items ?? [], i18n.language);
  const change = (next: typeof search) => void navigate({ search: next, replace: true, resetScroll: false });
  const buttons = (
    <>
      {may("contacts.delete") && <Button variant="default" component={Link} to="/contacts/duplicates" leftSection={<IconUsers size={18} stroke={1.5} />}>{t("duplicates")}</Button>}
      {may("imports.write") && <Button variant="default" component={Link} to="/imports" leftSection={<IconFileImport size={18} stroke={1.5} />}>{t("import")}</Button>}
      {may("contacts.write") && <Button leftSection={<IconUserPlus size={18} stroke={1.5} />} onClick={creating.open}>{t("add")}</Button>}
    </>
  );
  return (
    <div>
      <PageHeader title={t("common:nav.contacts")} lead={t("lead")} actions={buttons} />
      <DataTable<Contact> id="contacts" label={t("common:nav.contacts")} columns={columns} queryKey={[...CONTACTS, "list", search]}
        fetchPage={(cursor, signal) => fetchContacts(search, cursor, signal)} rowKey={(row) => row.id} rowName={(row) => row.display_name}
        onOpen={(row) => void navigate({ to: "/contacts/$contactId", params: { contactId: row.id } })} state={search} onState={change}
        filters={
          <Group gap={8}>
            <Select aria-label={t("channel")} placeholder={t("anyChannel")} clearable allowDeselect data={channels} value={search.channel ?? null} w={184}
              clearButtonProps={{ "aria-label": t("common:actions.clear") }} nothingFoundMessage={t("noChannels")}
              onChange={(channel) => { const next = { ...search }; delete next.channel; change(channel ? { ...next, channel } : next); }} />
            {search.source && (
              <Badge size="lg" component="button" style={{ cursor: "pointer" }} onClick={() => { const next = { ...search }; delete next.source; change(next); }}>{t("ofImport")} ×</Badge>
            )}
          </Group>
        }
        {...(may("contacts.delete") ? { bulkActions: (keys: readonly string[], clear: () => void) => <DeleteMany ids={keys} onDone={clear} /> } : {})}
        empty={<EmptyState icon={IconAddressBook} title={t("empty")} hint={t("emptyHint")} actions={buttons} />} />
      <Suspense>
        {isCreating && <CreateContact onClose={creating.close} onDone={(contact) => void navigate({ to: "/contacts/$contactId", params: { contactId: contact.id } })} />}
      </Suspense>
    </div>
  );
}

/** The channels of all funnels, by name. */
function channelChoices(funnels: readonly FunnelView[], language: string) {
  const all = new Map(funnels.flatMap(({ document }) => (document.channels ?? []).map(({ id, name }) => [id, textFor(name, language).trim() || id] as const)));
  return [...all].map(([value, label]) => ({ value, label }));
}

function useColumns(funnels: readonly FunnelView[]): Column<Contact>[] {
  const { t, i18n } = useTranslation("contacts");
  const format = useFormat();
  const dash = <Text span c="dimmed">–</Text>;
  return [
    { key: "name", header: t("name"), cell: (row) => <ContactName id={row.id} name={row.display_name} /> },
    {
      key: "email",
      header: t("email"),
      cell: (row) => row.email === row.display_name ? dash : row.email ? <Anchor href={`mailto:${row.email}`} size="sm" c="inherit" truncate style={{ overflowWrap: "anywhere" }}>{row.email}</Anchor> : dash,
    },
    { key: "company", header: t("company"), cell: (row) => row.company || dash, isHiddenOnPhone: true },
    { key: "phone", header: t("phone"), cell: (row) => row.phone || dash, isOptional: true, isHiddenOnPhone: true },
    { key: "channel", header: t("channel"), cell: (row) => (row.channel ? channelName(row.channel, funnels, i18n.language) : dash) },
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
    { key: "locale", header: t("language"), cell: (row) => languageName(row.locale), isOptional: true, isHiddenOnPhone: true },
    { key: "created", header: t("created"), align: "right", cell: (row) => <time dateTime={row.created_at}>{format.date(row.created_at)}</time> },
  ];
}

/** A language as its speakers write it; one that the interface does not speak by its code. */
export function languageName(code: string): string {
  const known = parseLanguage(code);
  return known ? LANGUAGE_NAMES[known] : code;
}

function DeleteMany({ ids, onDone }: { ids: readonly string[]; onDone: () => void }) {
  const { t } = useTranslation(["contacts", "common"]);
  const queries = useQueryClient();
  const [isAsking, asking] = useDisclosure(false);
  const [isBusy, setIsBusy] = useState(false);
  async function remove() {
    setIsBusy(true);
    let removed = 0;
    let problem: unknown;
    // One after the other: each is its own decision of the server, and some may be refused.
    for (const id of ids) {
      try {
        await deleteContact(id);
        removed += 1;
      } catch (error) {
        problem = error;
      }
    }
    setIsBusy(false);
    asking.close();
    if (problem) toastError(problem);
    if (removed > 0) toastDone(t("deleted", { count: removed }));
    await queries.invalidateQueries({ queryKey: CONTACTS });
    onDone();
  }
  return (
    <>
      <Button variant="default" size="compact-sm" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={asking.open}>{t("common:actions.delete")}</Button>
      <ConfirmDialog isOpen={isAsking} title={t("deleteMany", { count: ids.length })} confirm={t("common:actions.delete")} isHarmful isBusy={isBusy} onConfirm={() => void remove()} onCancel={asking.close}>
        {t("deleteText")}
      </ConfirmDialog>
    </>
  );
}
