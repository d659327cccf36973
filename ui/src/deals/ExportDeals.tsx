import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { FunnelView } from "../funnels/document";
import { fieldsQuery } from "../records/api";
import { customFields } from "../records/fields";
import { FileMenu } from "../records/FileMenu";
import { exportDeals, type DealFilter } from "./api";
import { askedOfDeals } from "./gates/fields";

/** What a file of deals tells, in the words of the API; what cannot be imported again stands last. */
const COLUMNS = ["id", "title", "contact", "contact_email", "pipeline", "stage", "status", "value", "discount", "owner", "reason", "created_at", "closed_at", "stage_entered_at", "channel"] as const;

/** The deals that the list shows, as a file that can be imported again. */
export function ExportDeals({ filter, funnels }: { filter: DealFilter; funnels: readonly FunnelView[] }) {
  const { t, i18n } = useTranslation(["deals", "common"]);
  const ofDeals = useQuery(fieldsQuery("deal"));
  const ofContacts = useQuery(fieldsQuery("contact"));
  const hidden = ofContacts.data?.hidden ?? [];
  const own = customFields(ofDeals.data?.items ?? [], i18n.language);
  const defined = new Set(ofDeals.data?.items.map(({ key }) => key));
  const asked = askedOfDeals(funnels.map(({ document }) => document)).filter((key) => !defined.has(key));
  const columns = [
    ...COLUMNS.filter((name) => name !== "contact_email" || !hidden.includes("email")).map((field) => ({ field, label: t(`file.${field}`) })),
    ...own.map(({ name, label }) => ({ field: name, label })),
    // What only gates know is found again by its key alone.
    ...asked.map((key) => ({ field: `fields.${key}`, label: `fields.${key}` })),
  ];
  const { sort, ...selection } = filter;
  return (
    <FileMenu take={({ format, mark }, onBytes) =>
      exportDeals({ selection, columns, format: format === "xlsx" ? "xlsx" : "csv", name: t("common:nav.deals"), byte_order_mark: mark, locale: i18n.language, ...(sort ? { sort } : {}) }, onBytes)} />
  );
}
