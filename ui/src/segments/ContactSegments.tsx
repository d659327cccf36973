import { Badge, Button, Select, Text, UnstyledButton } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Contact } from "../contacts/api";
import { Card } from "../contacts/related";
import cards from "../contacts/ContactScreen.module.css";
import { useFormat } from "../i18n";
import { contactSegmentsQuery, segmentsQuery } from "./api";

const Why = lazy(() => import("./Why"));

/** The segments that a contact is in, why, and which they entered and left. */
export function ContactSegments({ contact }: { contact: Contact }) {
  const { t } = useTranslation("segments");
  const format = useFormat();
  const query = useQuery(contactSegmentsQuery(contact.id));
  const { data: all } = useQuery(segmentsQuery);
  const [asked, setAsked] = useState<string | null>(null);
  const items = query.data?.items ?? [];
  const others = (all?.items ?? []).filter(({ id }) => !items.some((one) => one.id === id));
  return (
    <>
      <Card title={t("title")} query={query} count={items.length} empty={t("of.none")}
        after={
          <>
            {others.length > 0 && <Select mt="xs" size="sm" searchable aria-label={t("of.ask")} placeholder={t("of.ask")} value={null} data={others.map(({ id, name }) => ({ value: id, label: name }))} onChange={setAsked} />}
            <Stays contactId={contact.id} />
          </>
        }>
        {items.map(({ id, name, since }) => (
          <li key={id} className={cards["item"]} style={{ alignItems: "center" }}>
            <span className={cards["itemText"]}>
              <Badge component={Link} to={`/contacts/segments/${id}`} variant="light" tt="none" size="lg" style={{ cursor: "pointer" }}>{name}</Badge>
              <Text component="span" display="block" size="xs" c="dimmed" mt={2}><time dateTime={since}>{t("of.since", { date: format.date(since, "datetime") })}</time></Text>
            </span>
            <Button variant="subtle" size="compact-sm" aria-label={t("of.whyOf", { name })} onClick={() => setAsked(id)}>{t("of.why")}</Button>
          </li>
        ))}
      </Card>
      <Suspense>{asked && <Why segmentId={asked} contact={contact} onClose={() => setAsked(null)} />}</Suspense>
    </>
  );
}

/** When they entered and left segments, newest first. */
function Stays({ contactId }: { contactId: string }) {
  const { t } = useTranslation("segments");
  const format = useFormat();
  const [isOpen, setIsOpen] = useState(false);
  const { data } = useQuery(contactSegmentsQuery(contactId));
  const stays = data?.history ?? [];
  if (stays.length === 0) return null;
  return (
    <>
      <UnstyledButton aria-expanded={isOpen} mt="xs" c="dimmed" fz="sm" style={{ display: "inline-flex", alignItems: "center", gap: 4, minHeight: 32 }} onClick={() => setIsOpen(!isOpen)}>
        <IconChevronDown size={14} aria-hidden style={{ rotate: isOpen ? "180deg" : "none" }} />{t("of.history")}
      </UnstyledButton>
      {isOpen && (
        <ul className={cards["list"]} aria-label={t("of.history")}>
          {stays.map((stay, index) => (
            <li key={index} className={cards["item"]}>
              <span className={cards["itemText"]}>{t(stay.is_in ? "of.entered" : "of.left", { name: stay.name })}</span>
              <Text component="time" size="xs" c="dimmed" dateTime={stay.at}>{format.date(stay.at, "datetime")}</Text>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
