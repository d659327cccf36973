import { Anchor, Badge, Skeleton, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../api/queries";
import { describeError } from "../components/problem";
import { contactDealsQuery } from "../deals/api";
import { StageLabel } from "../deals/StageLabel";
import { useFormat } from "../i18n";
import { contactOrdersQuery } from "../orders/api";
import { OrderStatus } from "../orders/OrderStatus";
import { useMay } from "../session/useMay";
import { contactMessagesQuery, type Contact, type SentMessage } from "./api";
import classes from "./ContactScreen.module.css";

interface CardProps {
  title: string;
  query: { isPending: boolean; isError: boolean; error: unknown };
  count: number;
  empty: string;
  action?: ReactNode;
  /** Below the list, also when there is nothing in it. */
  after?: ReactNode;
  children: ReactNode;
}

/** A few things of a contact's, or a sentence that there are none. */
export function Card({ title, query, count, empty, action, after, children }: CardProps) {
  return (
    <section className={classes["card"]} aria-label={title}>
      <div className={classes["cardHead"]}>
        <Title order={2} size="h4">{title}</Title>
        {action}
      </div>
      {query.isPending ? <Skeleton height={40} /> : query.isError ? <Text size="sm" c="dimmed">{describeError(query.error)}</Text> : count === 0 ? <Text size="sm" c="dimmed">{empty}</Text> : <ul className={classes["list"]}>{children}</ul>}
      {query.isPending || query.isError ? null : after}
    </section>
  );
}

export function ContactDeals({ contact }: { contact: Contact }) {
  const { t } = useTranslation(["contacts", "deals", "common"]);
  const format = useFormat();
  const deals = useQuery(contactDealsQuery(contact.id));
  const { data: funnels } = useQuery(funnelViewsQuery);
  const items = deals.data?.items ?? [];
  return (
    <Card title={t("common:nav.deals")} query={deals} count={items.length} empty={t("noDeals")}>
      {items.map((deal) => (
        <li key={deal.id} className={classes["item"]}>
          <span className={classes["itemText"]}>
            <Anchor component={Link} to={`/deals?deal=${deal.id}`} size="sm" fw={550} c="inherit">{deal.title}</Anchor>
            <span style={{ display: "block" }}><StageLabel deal={deal} funnels={funnels?.items ?? []} /></span>
          </span>
          {deal.value.minor > 0 && <span className="figures">{format.money(deal.value)}</span>}
        </li>
      ))}
    </Card>
  );
}

export function ContactOrders({ contactId }: { contactId: string }) {
  const { t } = useTranslation(["contacts", "orders", "common"]);
  const format = useFormat();
  const orders = useQuery(contactOrdersQuery(contactId));
  const items = orders.data?.items ?? [];
  return (
    <Card title={t("common:nav.orders")} query={orders} count={items.length} empty={t("noOrders")}>
      {items.map((order) => (
        <li key={order.id} className={classes["item"]}>
          <span className={classes["itemText"]}>
            <Anchor component={Link} to={`/orders/${order.id}`} size="sm" fw={550} c="inherit">{t("orders:order", { number: order.number })}</Anchor>
            <Text component="span" display="block" size="xs" c="dimmed"><time dateTime={order.placed_at}>{format.date(order.placed_at)}</time> · {format.money(order.total)}</Text>
          </span>
          <OrderStatus status={order.status} />
        </li>
      ))}
    </Card>
  );
}

const isTrouble = (state: SentMessage["state"]) => state === "failed" || state === "unknown";

export function ContactMessages({ contactId }: { contactId: string }) {
  const { t } = useTranslation(["contacts", "common"]);
  const format = useFormat();
  const may = useMay();
  const isAllowed = may("messages.read");
  const messages = useQuery({ ...contactMessagesQuery(contactId), enabled: isAllowed });
  if (!isAllowed) return null;
  const items = messages.data?.items ?? [];
  return (
    <Card title={t("common:nav.messages")} query={messages} count={items.length} empty={t("noMessages")}>
      {items.map((message) => (
        <li key={message.id} className={classes["item"]}>
          <span className={classes["itemText"]}>
            {message.subject}
            <Text component="span" display="block" size="xs" c="dimmed"><time dateTime={message.created_at}>{format.date(message.created_at, "datetime")}</time></Text>
            {message.error && <Text component="span" display="block" size="xs" c="red">{message.error}</Text>}
          </span>
          <Badge color={isTrouble(message.state) ? "red" : message.state === "sent" ? "fjord" : "gray"}>{t(`messageStates.${message.state}`)}</Badge>
        </li>
      ))}
    </Card>
  );
}
