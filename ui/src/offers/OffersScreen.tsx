import { Anchor, Badge, Button, Text } from "@mantine/core";
import { IconPlus, IconTag } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import { CopyButton } from "../components/CopyField";
import { DataTable, type Column } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { useFormat } from "../i18n";
import { textFor } from "../localized";
import { useMay } from "../session/useMay";
import { OFFERS, offersQuery, RUNGS, type Offer } from "./api";

/** What is offered at a price. */
export function OffersScreen() {
  const { t, i18n } = useTranslation(["offers", "common"]);
  const search = useSearch({ from: "/app/offers" });
  const navigate = useNavigate({ from: "/offers" });
  const queries = useQueryClient();
  const may = useMay();
  const columns = useColumns();
  const q = search.q?.toLowerCase();
  // There are never so many that the server would have to search: all of them come at once.
  const fetchPage = async () => {
    const { items } = await queries.query({ ...offersQuery, staleTime: 0 });
    const found = q ? items.filter(({ document }) => `${textFor(document.name, i18n.language)} ${document.slug}`.toLowerCase().includes(q)) : items;
    return { items: found, next_cursor: null, total: found.length };
  };
  const add = may("offers.write") && <Button component={Link} to="/offers/new" leftSection={<IconPlus size={18} stroke={1.5} />}>{t("add")}</Button>;
  return (
    <div>
      <PageHeader title={t("common:nav.offers")} lead={t("lead")} actions={add} />
      <DataTable<Offer> id="offers" label={t("common:nav.offers")} columns={columns} queryKey={[...OFFERS, "list", q, i18n.language]} fetchPage={fetchPage} rowKey={(row) => row.id} rowName={(row) => textFor(row.document.name, i18n.language)}
        onOpen={(row) => void navigate({ to: "/offers/$offerId", params: { offerId: row.id } })} state={search} onState={(next) => void navigate({ search: next, replace: true, resetScroll: false })}
        empty={<EmptyState icon={IconTag} title={t("empty")} hint={t("emptyHint")} actions={add} />} />
    </div>
  );
}

function useColumns(): Column<Offer>[] {
  const { t, i18n } = useTranslation("offers");
  const format = useFormat();
  const { data: session } = useQuery(sessionQuery);
  const base = session?.company?.base_url ?? "";
  return [
    { key: "name", header: t("name"), cell: (row) => <Anchor component={Link} to={`/offers/${row.id}`} size="sm" fw={550} c="inherit">{textFor(row.document.name, i18n.language) || row.document.slug}</Anchor> },
    { key: "state", header: t("state"), cell: (row) => (row.is_published ? <Badge>{t("published")}</Badge> : <Badge color="gray">{t("draft")}</Badge>) },
    {
      key: "address",
      header: t("address"),
      isHiddenOnPhone: true,
      cell: (row) => <span style={{ display: "inline-flex", alignItems: "center", gap: 4 }}><Text span size="sm" c="dimmed">/o/{row.document.slug}</Text>{row.is_published && <CopyButton value={`${base}/o/${row.document.slug}`} label={t("address")} />}</span>,
    },
    { key: "rung", header: t("rung"), isHiddenOnPhone: true, cell: (row) => rungName(row.document.rung, t) || <Text span c="dimmed">–</Text> },
    { key: "price", header: t("price"), align: "right", cell: (row) => <>{format.money(row.document.price)}{!row.document.includes_tax && <Text span display="block" size="xs" c="dimmed">{t("beforeTax")}</Text>}</> },
    { key: "changed", header: t("changed"), align: "right", isHiddenOnPhone: true, cell: (row) => <time dateTime={row.updated_at}>{format.date(row.updated_at)}</time> },
  ];
}

type Translate = ReturnType<typeof useTranslation<"offers">>["t"];

/** A rung of the ladder as people say it; a word of the company's own stays as it is. */
export const rungName = (rung: string, t: Translate): string => ((RUNGS as readonly string[]).includes(rung) ? t(`rungs.${rung as (typeof RUNGS)[number]}`) : rung);
