import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../api/queries";
import { LANGUAGE_NAMES } from "../i18n";
import { textFor } from "../localized";
import { fieldsQuery, type Field } from "../records/api";
import { customFields, type ListField } from "../records/fields";

/** What rules can look at: the deal, its contact and their company. Amounts of money are of the deal only: those of own fields have currencies of their own. */
export function useRuleFields(): ListField[] {
  const { t, i18n } = useTranslation("team");
  const { data: funnels } = useQuery(funnelViewsQuery);
  const { data: ofContact } = useQuery(fieldsQuery("contact"));
  const { data: ofCompany } = useQuery(fieldsQuery("company"));
  const { data: ofDeal } = useQuery(fieldsQuery("deal"));
  const language = i18n.language;
  const views = funnels?.items ?? [];
  const channels = new Map(views.flatMap(({ document }) => (document.channels ?? []).map(({ id, name }) => [id, textFor(name, language).trim() || id] as const)));
  const choices = (all: Iterable<readonly [string, string]>) => [...all].map(([value, label]) => ({ value, label }));
  const stages = new Map(views.flatMap(({ document }) => document.stages.map((stage) => [stage.id, textFor(stage.name, language).trim() || stage.id] as const)));
  const own = (noun: "deal" | "contact" | "company", fields: readonly Field[] | undefined): ListField[] =>
    customFields(fields ?? [], language).filter(({ kind }) => kind !== "money").map((field) => ({ ...field, name: `${noun}.${field.name.slice("fields.".length)}`, label: t(`fields.of.${noun}`, { field: field.label }) }));
  return [
    { name: "deal.channel", label: t("fields.channel"), kind: "channel", choices: choices(channels) },
    { name: "deal.value", label: t("fields.value"), kind: "number" },
    { name: "deal.stage", label: t("fields.stage"), kind: "choice", choices: choices(stages) },
    { name: "deal.funnel", label: t("fields.funnel"), kind: "choice", choices: views.map(({ document }) => ({ value: document.id, label: textFor(document.title, language) })) },
    { name: "deal.title", label: t("fields.title"), kind: "text" },
    { name: "contact.tags", label: t("fields.tags"), kind: "tags" },
    { name: "contact.locale", label: t("fields.language"), kind: "choice", choices: choices(Object.entries(LANGUAGE_NAMES)) },
    { name: "contact.channel", label: t("fields.contactChannel"), kind: "channel", choices: choices(channels) },
    { name: "contact.email", label: t("fields.email"), kind: "text" },
    { name: "contact.phone", label: t("fields.phone"), kind: "text" },
    { name: "company.name", label: t("fields.company"), kind: "text" },
    { name: "company.tags", label: t("fields.companyTags"), kind: "tags" },
    ...own("deal", ofDeal?.items),
    ...own("contact", ofContact?.items),
    ...own("company", ofCompany?.items),
  ];
}
