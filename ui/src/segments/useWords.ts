import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../api/queries";
import { propertyName } from "../funnels/BreakdownControls";
import { eventName, LANGUAGE_NAMES, useFormat } from "../i18n";
import { channelName, stageName, type FunnelView } from "../funnels/document";
import { textFor } from "../localized";
import type { ListField, ListKind } from "../records/fields";
import { useListFields } from "../records/useRecords";
import { useValueText } from "../records/useValueText";
import { segmentsQuery } from "./api";
import type { Words } from "./words";

const CONTACT = "contact.";
const TEMPERATURES = ["cold", "warm", "hot"] as const;
const STATUSES = ["open", "won", "lost"] as const;
const CONSENTS = ["marketing", "tracking", "special_data"] as const;

export interface RuleFields {
  contact: ListField[];
  deal: ListField[];
  /** A field by its name; what nobody declared is a fact. */
  of: (name: string) => ListField;
}

/** An own field as rules name it: `contact.size`. They see amounts in major units, as plain numbers. */
function asRuleField(field: ListField, prefix: string): ListField {
  const kind: ListKind = field.kind === "money" ? "number" : field.kind;
  return { ...field, name: prefix + field.name.slice("fields.".length), kind };
}

/** What nobody declared, by the name it is kept under. */
export const factOf = (name: string): ListField => ({ name, label: name.replace(/^(contact|deal)\./, ""), kind: "fact" });

/** The fields that rules can ask of. */
export function useRuleFields(): RuleFields {
  const { t, i18n } = useTranslation(["segments", "contacts", "records", "temperature"]);
  const { data } = useQuery(funnelViewsQuery);
  const funnels = data?.items ?? [];
  const language = i18n.language;
  const choices = (of: readonly (readonly [string, string])[]) => of.map(([value, label]) => ({ value, label }));
  const channels = choices([...new Set(funnels.flatMap(({ document }) => (document.channels ?? []).map(({ id }) => id)))].map((id) => [id, channelName(id, funnels, language)]));
  const consent = choices([["given", t("fields.given")], ["withdrawn", t("fields.withdrawn")]]);
  const contactFields = useListFields("contact", [
    { name: "tags", label: t("contacts:tags"), kind: "tags" },
    { name: "channel", label: t("contacts:channel"), kind: "channel", choices: channels },
    { name: "locale", label: t("contacts:language"), kind: "choice", choices: choices(Object.entries(LANGUAGE_NAMES)) },
    { name: "country", label: t("fields.country"), kind: "fact" },
    { name: "city", label: t("fields.city"), kind: "fact" },
    { name: "company", label: t("contacts:company"), kind: "text" },
    { name: "email", label: t("contacts:email"), kind: "text" },
    { name: "phone", label: t("contacts:phone"), kind: "text" },
    { name: "first_name", label: t("contacts:firstName"), kind: "text" },
    { name: "last_name", label: t("contacts:lastName"), kind: "text" },
    { name: "created_at", label: t("contacts:created"), kind: "date_time" },
    ...CONSENTS.map((purpose): ListField => ({ name: `consent.${purpose}`, label: t(`fields.${purpose}`), kind: "choice", choices: consent })),
  ]);
  const dealFields = useListFields("deal", [
    { name: "status", label: t("fields.status"), kind: "choice", choices: choices(STATUSES.map((status) => [status, t(`fields.${status}`)])) },
    { name: "stage", label: t("fields.stage"), kind: "choice", choices: choices(stagesOf(funnels, language)) },
    { name: "funnel", label: t("fields.funnel"), kind: "choice", choices: choices(funnels.map(({ document }) => [document.id, textFor(document.title, language).trim() || document.id])) },
    { name: "value", label: t("fields.value"), kind: "number" },
    { name: "currency", label: t("fields.currency"), kind: "text" },
    { name: "discount", label: t("fields.discount"), kind: "number" },
    { name: "title", label: t("fields.dealTitle"), kind: "text" },
    { name: "owner", label: t("records:owner"), kind: "user" },
    { name: "channel", label: t("contacts:channel"), kind: "channel", choices: channels },
    { name: "opened_at", label: t("fields.opened"), kind: "date_time" },
    { name: "closed_at", label: t("fields.closed"), kind: "date_time" },
  ]);
  const own = (fields: readonly ListField[], prefix: string) =>
    fields.map((field) => (field.name.startsWith("fields.") ? asRuleField(field, prefix) : { ...field, name: prefix + field.name }));
  const metrics: ListField[] = [
    { name: "metric.score", label: t("fields.score"), kind: "number" },
    { name: "metric.temperature", label: t("temperature:title"), kind: "choice", choices: choices(TEMPERATURES.map((word) => [word, t(`temperature:${word}`)])) },
  ];
  const contact = unique([...own(contactFields.fields, CONTACT), ...metrics]);
  const deal = unique(own(dealFields.fields, "deal."));
  return { contact, deal, of: (name) => [...contact, ...deal].find((field) => field.name === name) ?? factOf(name) };
}

/** A field of the company's own that has the name of one that is built in stands before it: it says more. */
const unique = (fields: ListField[]): ListField[] => fields.filter(({ name }, index) => fields.findLastIndex((other) => other.name === name) === index);

/** A stage that several funnels have is one choice. */
const stagesOf = (funnels: readonly FunnelView[], language: string) =>
  [...new Map(funnels.flatMap(({ document }) => document.stages.map((stage) => [stage.id, stageName(stage, language)] as const)))];

/** How names and values inside a rule are written for the reader. */
export function useWords(fields: RuleFields): Words {
  const { t } = useTranslation("segments");
  // Names follow the language.
  const { t: records } = useTranslation(["records", "events", "funnels"]);
  const format = useFormat();
  const value = useValueText();
  const { data } = useQuery(segmentsQuery);
  return {
    t,
    operator: (operator) => records(`records:operators.${operator}`),
    eventName,
    propertyName: (property) => propertyName(property).toLocaleLowerCase(),
    field: fields.of,
    value,
    segment: (id) => data?.items.find((segment) => segment.id === id)?.name ?? id,
    number: (number) => format.decimal(number, 2),
  };
}

