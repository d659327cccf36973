import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { OrderState } from "./api";

/** Money that has come is the accent; what is over is quiet. */
const LOOKS: Record<OrderState, { color: string; variant: string }> = {
  placed: { color: "fjord", variant: "outline" },
  invoiced: { color: "gray", variant: "light" },
  paid: { color: "fjord", variant: "light" },
  cancelled: { color: "gray", variant: "outline" },
  refunded: { color: "gray", variant: "outline" },
};

export function OrderStatus({ status }: { status: OrderState }) {
  const { t } = useTranslation("orders");
  return <Badge {...LOOKS[status]} style={{ flex: "none" }}>{t(`status.${status}`)}</Badge>;
}
