import { Anchor, Button, Select, Text } from "@mantine/core";
import { IconReceipt } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable, type Column } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { useFormat } from "../i18n";
import { dayAt } from "../period";
import { fetchOrders, isOverdue, ORDERS, ORDER_STATES, type Order } from "./api";
import { OrderStatus } from "./OrderStatus";

/** What was sold. */
export function OrdersScreen() {
  const { t } = useTranslation(["orders", "common"]);
  const search = useSearch({ from: "/app/orders" });
  const navigate = useNavigate({ from: "/orders" });
  const columns = useColumns();
  const change = (next: typeof search) => void navigate({ search: next, replace: true, resetScroll: false });
  return (
    <div>
      <PageHeader title={t("common:nav.orders")} lead={t("lead")} />
      <DataTable<Order> id="orders" label={t("common:nav.orders")} columns={columns} queryKey={[...ORDERS, "list", search]} fetchPage={(cursor, signal) => fetchOrders(search, cursor, signal)}
        rowKey={(row) => row.id} rowName={(row) => t("order", { number: row.number })} onOpen={(row) => void navigate({ to: "/orders/$orderId", params: { orderId: row.id } })} state={search} onState={change}
        filters={
          <Select aria-label={t("statusLabel")} placeholder={t("anyStatus")} w={168} clearable allowDeselect value={search.status ?? null} clearButtonProps={{ "aria-label": t("common:actions.clear") }}
            onChange={(status) => { const next = { ...search }; delete next.status; change(status ? { ...next, status: status } : next); }}
            data={ORDER_STATES.map((value) => ({ value, label: t(`status.${value}`) }))} />
        }
        empty={<EmptyState icon={IconReceipt} title={t("empty")} hint={t("emptyHint")} actions={<Button component={Link} to="/offers">{t("toOffers")}</Button>} />} />
    </div>
  );
}

function useColumns(): Column<Order>[] {
  const { t } = useTranslation("orders");
  const format = useFormat();
  const [today] = useState(() => dayAt(Date.now(), format.timeZone ?? "UTC"));
  const dash = <Text span c="dimmed">–</Text>;
  return [
    { key: "number", header: t("number"), cell: (row) => <Anchor component={Link} to={`/orders/${row.id}`} size="sm" fw={550} c="inherit">{row.number}</Anchor>, width: 96 },
    { key: "buyer", header: t("buyer"), cell: (row) => <span>{row.buyer.company || row.buyer.name}{row.buyer.company && <Text span size="sm" c="dimmed"> · {row.buyer.name}</Text>}</span> },
    { key: "status", header: t("statusLabel"), cell: (row) => <OrderStatus status={row.status} /> },
    { key: "invoice", header: t("invoice"), isHiddenOnPhone: true, cell: (row) => row.invoice_number ?? dash },
    {
      key: "due",
      header: t("due"),
      isHiddenOnPhone: true,
      cell: (row) => row.status !== "invoiced" || !row.due_on ? dash : <Text span size="sm" fw={isOverdue(row, today) ? 550 : 400} c={isOverdue(row, today) ? "red" : undefined}>{format.date(`${row.due_on}T12:00:00Z`)}{isOverdue(row, today) ? ` · ${t("overdue")}` : ""}</Text>,
    },
    { key: "placed", header: t("placed"), cell: (row) => <time dateTime={row.placed_at}>{format.date(row.placed_at)}</time> },
    { key: "total", header: t("total"), align: "right", cell: (row) => format.money(row.total) },
  ];
}
