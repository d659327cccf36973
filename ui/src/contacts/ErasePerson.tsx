import { Alert, Anchor, Button, Checkbox, Group, List, Modal, Stack, Text } from "@mantine/core";
import { IconReceipt } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { describeError } from "../components/problem";
import { FormProblem } from "../components/FormProblem";
import { contactDealsQuery } from "../deals/api";
import { contactOrdersQuery } from "../orders/api";
import { consentsQuery, eraseContact, type Contact } from "./api";

interface Props {
  contact: Contact;
  onErased: () => void;
  onClose: () => void;
}

const counted = (list: { items: readonly unknown[] } | undefined, say: (count: number) => string) => (list && list.items.length > 0 ? [say(list.items.length)] : []);

/** Erases a person, after saying everything that goes with them, and that none of it comes back. */
export default function ErasePerson({ contact, onErased, onClose }: Props) {
  const { t } = useTranslation(["contacts", "common"]);
  const [isSure, setIsSure] = useState(false);
  const orders = useQuery(contactOrdersQuery(contact.id));
  const deals = useQuery(contactDealsQuery(contact.id));
  const consents = useQuery(consentsQuery(contact.id));
  const erase = useMutation({ mutationFn: () => eraseContact(contact.id), onSuccess: onErased });
  const orderCount = orders.data?.items.length ?? 0;
  const isKept = orderCount > 0;
  const goes = [
    t("erase.facts"),
    ...counted(consents.data, (count) => t("erase.consents", { count })),
    ...counted(deals.data, (count) => t("erase.deals", { count })),
    t("erase.messages"),
    t("erase.events"),
  ];
  return (
    <Modal opened onClose={onClose} size="lg" title={t(isKept ? "erase.cannot" : "erase.title", { name: contact.display_name })} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      {isKept ? (
        <Stack gap="md">
          <Alert color="gray" icon={<IconReceipt size={20} stroke={1.5} />}>{t("erase.hasOrders", { count: orderCount })}</Alert>
          <Group gap="sm">{orders.data?.items.map((order) => <Anchor key={order.id} component={Link} to={`/orders/${order.id}`} size="sm" fw={550}>{t("erase.order", { number: order.number })}</Anchor>)}</Group>
          <Group justify="flex-end"><Button variant="default" data-autofocus onClick={onClose}>{t("common:actions.close")}</Button></Group>
        </Stack>
      ) : (
        <Stack gap="md">
          <FormProblem message={erase.error ? describeError(erase.error) : null} />
          <div>
            <Text size="sm" fw={550}>{t("erase.goes")}</Text>
            <List size="sm" mt={4} spacing={4} withPadding>{goes.map((one) => <List.Item key={one}>{one}</List.Item>)}</List>
          </div>
          <div>
            <Text size="sm" fw={550}>{t("erase.stays")}</Text>
            <List size="sm" mt={4} spacing={4} withPadding>
              <List.Item>{t("erase.audit")}</List.Item>
              <List.Item>{t("erase.backups")}</List.Item>
            </List>
          </div>
          <Checkbox checked={isSure} onChange={(event) => setIsSure(event.currentTarget.checked)} label={t("erase.sure")} disabled={erase.isPending} />
          <Group justify="flex-end">
            <Button variant="default" data-autofocus onClick={onClose} disabled={erase.isPending}>{t("common:actions.cancel")}</Button>
            <Button color="red" disabled={!isSure || orders.isPending} loading={erase.isPending} onClick={() => erase.mutate()}>{t("erase.do")}</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
