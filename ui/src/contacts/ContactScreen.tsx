import { Avatar, Badge, Button, Menu, SegmentedControl, Skeleton, Stack, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBriefcase, IconDots, IconId, IconTrash, IconUserOff } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { RecordTimeline } from "../activities/RecordTimeline";
import { apiUrl } from "../api/client";
import { funnelViewsQuery } from "../api/queries";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { toastDone, toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { channelName } from "../funnels/document";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { CONTACTS, contactQuery, deleteContact, type Contact } from "./api";
import classes from "./ContactScreen.module.css";
import { ContactSegments } from "../segments/ContactSegments";
import { Temperature } from "../temperature/Temperature";
import { Consents } from "./Consents";
import { ContactFields, Facts } from "./Facts";
import { ContactDeals, ContactMessages, ContactOrders } from "./related";

const ErasePerson = lazy(() => import("./ErasePerson"));
const DealForm = lazy(() => import("../deals/DealForm"));

/** One contact: what is known about them, what they have with the company, and everything that happened. */
export function ContactScreen() {
  const { t } = useTranslation(["contacts", "common"]);
  const { contactId } = useParams({ from: "/app/contacts/$contactId" });
  const queries = useQueryClient();
  const [erasedId, setErasedId] = useState<string | null>(null);
  const isErased = erasedId === contactId;
  const contact = useQuery({ ...contactQuery(contactId), enabled: !isErased });
  const [part, setPart] = useState("timeline");
  const back = { to: "/contacts", label: t("common:nav.contacts") };
  // What was read of them must not be shown again, and every number may have changed.
  useEffect(() => {
    if (!isErased) return;
    queries.removeQueries({ queryKey: [...CONTACTS, contactId] });
    void queries.invalidateQueries();
  }, [isErased, contactId, queries]);
  if (isErased) {
    return (
      <div role="status">
        <PageHeader title={t("erase.doneTitle")} back={back} />
        <EmptyState icon={IconUserOff} title={t("erase.done")} hint={t("erase.doneHint")} actions={<Button component={Link} to="/contacts" variant="default">{t("erase.toContacts")}</Button>} />
      </div>
    );
  }
  if (contact.isError && !contact.data) {
    return (
      <div>
        <PageHeader title={t("contact")} back={back} />
        <QueryProblem error={contact.error} onRetry={() => void contact.refetch()} />
      </div>
    );
  }
  return (
    <div>
      <PageHeader title={contact.data?.display_name ?? "…"} back={back} lead={contact.data ? <Lead contact={contact.data} /> : <Skeleton height={16} width={240} mt={4} />}
        actions={contact.data && <Actions contact={contact.data} onErased={() => setErasedId(contactId)} />} />
      <SegmentedControl fullWidth className={classes["switch"] ?? ""} value={part} onChange={setPart} aria-label={t("parts")}
        data={[{ value: "timeline", label: t("timeline") }, { value: "facts", label: t("about") }]} />
      <div className={classes["columns"]} data-part={part}>
        <section className={classes["timeline"]} aria-label={t("timeline")}>
          <Title order={2} size="h3" mb="md" className={classes["wideOnly"] ?? ""}>{t("timeline")}</Title>
          <RecordTimeline record={{ contact_id: contactId, deal_id: null }} />
        </section>
        <aside className={classes["aside"]} aria-label={t("about")}>
          {contact.data ? (
            <>
              <Facts contact={contact.data} />
              <Temperature contactId={contactId} />
              <ContactSegments contact={contact.data} />
              <ContactFields contact={contact.data} />
              <ContactDeals contact={contact.data} />
              <ContactOrders contactId={contactId} />
              <Consents contactId={contactId} />
              <ContactMessages contactId={contactId} />
            </>
          ) : (
            <Stack gap="md">{[220, 120, 120].map((height, index) => <Skeleton key={index} height={height} radius="lg" />)}</Stack>
          )}
        </aside>
      </div>
    </div>
  );
}

function Lead({ contact }: { contact: Contact }) {
  const { t, i18n } = useTranslation("contacts");
  const format = useFormat();
  const { data: funnels } = useQuery(funnelViewsQuery);
  const since = t("since", { date: format.date(contact.created_at) });
  const via = contact.channel ? t("via", { channel: channelName(contact.channel, funnels?.items ?? [], i18n.language) }) : null;
  return (
    <span className={classes["lead"]}>
      <Avatar name={contact.display_name} color="fjord" size={24} radius="xl" alt="" />
      {[contact.company_name ?? contact.company, via, since].filter(Boolean).join(" · ")}
      {contact.tags.map((tag) => <Badge key={tag} color="gray">{tag}</Badge>)}
    </span>
  );
}

function Actions({ contact, onErased }: { contact: Contact; onErased: () => void }) {
  const { t } = useTranslation(["contacts", "common"]);
  const may = useMay();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, asking] = useDisclosure(false);
  const [isErasing, erasing] = useDisclosure(false);
  const [isSelling, selling] = useDisclosure(false);
  const remove = useMutation({
    mutationFn: () => deleteContact(contact.id),
    onError: (error) => { asking.close(); toastError(error); },
    onSuccess: async () => {
      toastDone(t("deleted", { count: 1 }));
      await navigate({ to: "/contacts" });
      queries.removeQueries({ queryKey: [...CONTACTS, contact.id] });
      await queries.invalidateQueries({ queryKey: [...CONTACTS, "list"] });
    },
  });
  return (
    <>
      {may("deals.write") && <Button variant="default" leftSection={<IconBriefcase size={18} stroke={1.5} />} onClick={selling.open}>{t("addDeal")}</Button>}
      <Menu>
        <Menu.Target>
          <Button variant="default" px={10} aria-label={t("more")}><IconDots size={18} /></Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component="a" href={apiUrl(`/contacts/${contact.id}/vcard`)} download leftSection={<IconId size={16} stroke={1.5} />}>{t("card")}</Menu.Item>
          {may("contacts.delete") && (
            <>
              <Menu.Divider />
              <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={asking.open}>{t("delete")}</Menu.Item>
              <Menu.Item color="red" leftSection={<IconUserOff size={16} stroke={1.5} />} onClick={erasing.open}>{t("erase.menu")}</Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <ConfirmDialog isOpen={isAsking} title={t("deleteOne", { name: contact.display_name })} confirm={t("common:actions.delete")} isHarmful isBusy={remove.isPending}
        onConfirm={() => remove.mutate()} onCancel={asking.close}>
        {t("deleteText")}
      </ConfirmDialog>
      <Suspense>{isErasing && <ErasePerson contact={contact} onErased={onErased} onClose={erasing.close} />}</Suspense>
      <Suspense>{isSelling && <DealForm contact={contact} onClose={selling.close} />}</Suspense>
    </>
  );
}
