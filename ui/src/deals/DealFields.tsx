import { Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { FunnelDocument } from "../funnels/document";
import { textFor } from "../localized";
import { fieldsQuery } from "../records/api";
import { customFields, type ListField } from "../records/fields";
import { EditableFact } from "../records/OwnFields";
import { useMay } from "../session/useMay";
import { DEALS, updateDeal, type Deal } from "./api";
import { askedLabel } from "./gates/fields";

/** What is known of a deal beside the usual: the company's own fields, and what gates asked for. A click changes it. */
export default function DealFields({ deal, document }: { deal: Deal; document: FunnelDocument | undefined }) {
  const { t, i18n } = useTranslation("records");
  const may = useMay();
  const queries = useQueryClient();
  const { data } = useQuery(fieldsQuery("deal"));
  const own = customFields(data?.items ?? [], i18n.language);
  const isOwn = (name: string) => own.some((field) => field.name === name);
  const asked = Object.keys(deal.fields).filter((key) => !isOwn(`fields.${key}`)).map((key): ListField => ({
    name: `fields.${key}`,
    label: textFor(askedLabel(document, `deal.${key}`), i18n.language) || key.replaceAll("_", " "),
    kind: typeof deal.fields[key] === "number" ? "number" : typeof deal.fields[key] === "boolean" ? "yes_no" : "text",
  }));
  if (!data || own.length + asked.length === 0) return null;
  const fixed = new Set(data.items.filter(({ is_fixed }) => is_fixed).map(({ key }) => `fields.${key}`));
  const save = async (key: string, value: unknown) => {
    await updateDeal(deal.id, { fields: { [key]: value ?? null } });
    await queries.invalidateQueries({ queryKey: DEALS });
  };
  return (
    <section aria-label={t("ownFields")}>
      <Title order={3} size="h4" mb="xs">{t("ownFields")}</Title>
      <dl style={{ margin: 0 }}>
        {[...own, ...asked].map((field) => {
          const key = field.name.slice("fields.".length);
          return <EditableFact key={field.name} field={field} value={deal.fields[key]} isFixed={!may("deals.write") || fixed.has(field.name)} path={field.name} onSave={(value) => save(key, value)} />;
        })}
      </dl>
    </section>
  );
}
