import { Anchor, Button, Menu, Skeleton, Stack, Table, Text } from "@mantine/core";
import { IconCash, IconDots, IconFileInvoice, IconReceiptRefund, IconX } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../api/queries";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { PageHeader } from "../components/PageHeader";
import { toastDone, toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { Section } from "../components/Section";
import { languageName } from "../contacts/ContactsScreen";
import { DEALS } from "../deals/api";
import { channelName } from "../funnels/document";
import { useFormat } from "../i18n";
import { dayAt } from "../period";
import { useMay } from "../session/useMay";
import { isOverdue, NEXT_STATES, ORDERS, orderQuery, setOrderStatus, type OrderDetail, type OrderState } from "./api";
import { OrderStatus } from "./OrderStatus";
import classes from "./OrderScreen.module.css";

/** One order: its lines and what they come to, who bought, and what it may become. */
export function OrderScreen() {
  const { t } = useTranslation(["orders", "common"]);
  const { orderId } = useParams({ from: "/app/orders/$orderId" });
  const answer = useQuery(orderQuery(orderId));
  const order = answer.data;
  const back = { to: "/orders", label: t("common:nav.orders") };
  if (answer.isError && !order) {
    return (
      <div>
        <PageHeader title={t("title")} back={back} />
        <QueryProblem error={answer.error} onRetry={() => void answer.refetch()} />
      </div>
    );
  }
  return (
    <div>
      <PageHeader title={order ? t("order", { number: order.number }) : "…"} back={back} lead={order ? <Lead order={order} /> : <Skeleton height={16} width={200} mt={4} />} actions={order && <Actions order={order} />} />
      {order ? (
        <div className={classes["columns"]}>
          <div>
            <Section title={t("lines")}><Lines order={order} /></Section>
            <Section title={t("course")}><Course order={order} /></Section>
          </div>
          <aside><Buyer order={order} /></aside>
        </div>
      ) : (
        <Stack gap="md">{[200, 120].map((height) => <Skeleton key={height} height={height} radius="lg" />)}</Stack>
      )}
    </div>
  );
}

function Lead({ order }: { order: OrderDetail }) {
  const { t } = useTranslation("orders");
  const format = useFormat();
  const [today] = useState(() => dayAt(Date.now(), format.timeZone ?? "UTC"));
  return (
    <span className={classes["lead"]}>
      <OrderStatus status={order.status} />
      {format.money(order.total)}
      {order.invoice_number !== null && <> · {t("invoiceNumber", { number: order.invoice_number })}</>}
      {order.status === "invoiced" && order.due_on && <> · {t(isOverdue(order, today) ? "wasDue" : "isDue", { date: format.date(`${order.due_on}T12:00:00Z`) })}</>}
    </span>
  );
}

const ICONS = { placed: IconFileInvoice, invoiced: IconFileInvoice, paid: IconCash, cancelled: IconX, refunded: IconReceiptRefund } as const;

function Actions({ order }: { order: OrderDetail }) {
  const { t } = useTranslation(["orders", "common"]);
  const may = useMay();
  const queries = useQueryClient();
  const [asked, setAsked] = useState<OrderState | null>(null);
  const change = useMutation({
    mutationFn: (status: OrderState) => setOrderStatus(order.id, status),
    onError: toastError,
    onSuccess: async (changed, status) => {
      queries.setQueryData(orderQuery(order.id).queryKey, changed);
      toastDone(t(`done.${status as "invoiced" | "paid" | "cancelled" | "refunded"}`, { number: order.number }));
      await Promise.all([queries.invalidateQueries({ queryKey: ORDERS }), queries.invalidateQueries({ queryKey: DEALS })]);
    },
    onSettled: () => setAsked(null),
  });
  if (!may("orders.write")) return null;
  const next = NEXT_STATES[order.status];
  // The server names the way forward first.
  const [first, ...others] = next;
  if (!first) return null;
  const label = (state: OrderState) => t(`become.${state as "invoiced" | "paid" | "cancelled" | "refunded"}`);
  const FirstIcon = ICONS[first];
  const isHarm = first === "refunded";
  return (
    <>
      <Button variant={isHarm ? "default" : "filled"} leftSection={<FirstIcon size={18} stroke={1.5} />} onClick={() => setAsked(first)}>{label(first)}</Button>
      {others.length > 0 && (
        <Menu>
          <Menu.Target><Button variant="default" px={10} aria-label={t("more")}><IconDots size={18} /></Button></Menu.Target>
          <Menu.Dropdown>
            {others.map((state) => {
              const Icon = ICONS[state];
              return <Menu.Item key={state} {...(state === "cancelled" ? { color: "red" } : {})} leftSection={<Icon size={16} stroke={1.5} />} onClick={() => setAsked(state)}>{label(state)}</Menu.Item>;
            })}
          </Menu.Dropdown>
        </Menu>
      )}
      <ConfirmDialog isOpen={asked !== null} title={asked ? `${label(asked)}?` : ""} confirm={asked ? label(asked) : ""} isHarmful={asked === "cancelled" || asked === "refunded"} isBusy={change.isPending} onConfirm={() => asked && change.mutate(asked)} onCancel={() => setAsked(null)}>
        {asked && t(`becomeText.${asked as "invoiced" | "paid" | "cancelled" | "refunded"}`, { number: order.number })}
      </ConfirmDialog>
    </>
  );
}

function Lines({ order }: { order: OrderDetail }) {
  const { t } = useTranslation("orders");
  const format = useFormat();
  const rate = (bp: number) => format.percent(bp / 10_000, bp % 100 === 0 ? 0 : 2);
  const money = (minor: number) => format.money({ minor, currency: order.total.currency });
  return (
    <div className={classes["scroll"]} tabIndex={0} role="group" aria-label={t("lines")}>
      <Table className={classes["lines"] ?? ""}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("what")}</Table.Th>
            <Table.Th ta="right">{t("quantity")}</Table.Th>
            <Table.Th ta="right">{t("unitPrice")}</Table.Th>
            <Table.Th ta="right">{t("taxRate")}</Table.Th>
            <Table.Th ta="right">{t("total")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {order.lines.map((line, index) => (
            <Table.Tr key={index}>
              <Table.Td>{line.offer_id ? <Anchor component={Link} to={`/offers/${line.offer_id}`} size="sm" c="inherit">{line.description}</Anchor> : line.description}</Table.Td>
              <Table.Td ta="right">{format.integer(line.quantity)}</Table.Td>
              <Table.Td ta="right">{format.money(line.unit_price)}<Text span display="block" size="xs" c="dimmed">{t(line.includes_tax ? "withTax" : "withoutTax")}</Text></Table.Td>
              <Table.Td ta="right">{rate(line.tax_rate_bp)}</Table.Td>
              <Table.Td ta="right">{format.money(line.total)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
        <Table.Tfoot>
          <Table.Tr><Table.Th colSpan={4} scope="row" fw={400}>{t("net")}</Table.Th><Table.Td ta="right">{format.money(order.net)}</Table.Td></Table.Tr>
          {order.taxes.map((tax) => (
            <Table.Tr key={tax.rate_bp}><Table.Th colSpan={4} scope="row" fw={400}>{t("taxOf", { rate: rate(tax.rate_bp), net: money(tax.net_minor) })}</Table.Th><Table.Td ta="right">{money(tax.tax_minor)}</Table.Td></Table.Tr>
          ))}
          <Table.Tr data-total><Table.Th colSpan={4} scope="row">{t("toPay")}</Table.Th><Table.Td ta="right">{format.money(order.total)}</Table.Td></Table.Tr>
        </Table.Tfoot>
      </Table>
    </div>
  );
}

function Course({ order }: { order: OrderDetail }) {
  const { t } = useTranslation("orders");
  const format = useFormat();
  const steps = [["placed", order.placed_at], ["invoiced", order.invoiced_at], ["paid", order.paid_at], ["cancelled", order.cancelled_at], ["refunded", order.refunded_at]] as const;
  return (
    <ol className={classes["course"]}>
      {steps.map(([state, at]) => at && (
        <li key={state}>
          <span>{t(`happened.${state}`)}{state === "invoiced" && order.invoice_number !== null && <Text span c="dimmed" size="sm"> · {t("invoiceNumber", { number: order.invoice_number })}</Text>}</span>
          <time dateTime={at}>{format.date(at, "datetime")}</time>
        </li>
      ))}
    </ol>
  );
}

function Buyer({ order }: { order: OrderDetail }) {
  const { t, i18n } = useTranslation("orders");
  const { data: funnels } = useQuery(funnelViewsQuery);
  const { buyer } = order;
  const { address } = buyer;
  const lines = [address.street, [address.postal_code, address.city].filter(Boolean).join(" "), countryName(address.country, i18n.language)].filter(Boolean);
  return (
    <section className={classes["buyer"]} aria-label={t("buyer")}>
      <Text component="h2" size="sm" fw={600} mb="sm">{t("buyer")}</Text>
      <Text fw={550}>{buyer.name}</Text>
      {buyer.company && <Text size="sm">{buyer.company}{buyer.org_number && <Text span c="dimmed"> · {buyer.org_number}</Text>}</Text>}
      {buyer.email && <Text size="sm" mt="xs"><Anchor href={`mailto:${buyer.email}`} size="sm">{buyer.email}</Anchor></Text>}
      {buyer.phone && <Text size="sm"><Anchor href={`tel:${buyer.phone}`} size="sm">{buyer.phone}</Anchor></Text>}
      {lines.length > 0 && <Text size="sm" mt="xs" style={{ whiteSpace: "pre-line" }}>{lines.join("\n")}</Text>}
      <dl className={classes["facts"]}>
        <div><dt>{t("language")}</dt><dd>{languageName(order.locale)}</dd></div>
        {order.channel && <div><dt>{t("channel")}</dt><dd>{channelName(order.channel, funnels?.items ?? [], i18n.language)}</dd></div>}
      </dl>
      <Button component={Link} to={`/contacts/${order.contact_id}`} variant="default" fullWidth>{t("openContact")}</Button>
    </section>
  );
}

function countryName(code: string, language: string): string {
  if (!code) return "";
  try {
    return new Intl.DisplayNames(language, { type: "region" }).of(code) ?? code;
  } catch {
    return code;
  }
}
