import { Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { contactQuery } from "../contacts/api";
import type { Deal } from "../deals/api";
import DealPlaybooks from "../playbooks/DealPlaybooks";
import { useMay } from "../session/useMay";
import { CallButton } from "./CallButton";
import { RecordTimeline } from "./RecordTimeline";

/** What is done about a deal: call, script, next steps and everything that was. */
export default function DealWork({ deal }: { deal: Deal }) {
  const { t } = useTranslation("contacts");
  const may = useMay();
  const contact = useQuery(contactQuery(deal.contact_id));
  return (
    <Stack gap="lg">
      <DealPlaybooks dealId={deal.id} />
      <section aria-label={t("timeline")}>
        <Title order={3} size="h4" mb="xs" style={{ display: "flex", alignItems: "center", justifyContent: "space-between" }}>
          {t("timeline")}
          {may("activities.write") && contact.data && <CallButton size="compact-sm" variant="light" callee={{ name: deal.contact_name, phone: contact.data.phone, contact_id: deal.contact_id, deal_id: deal.id }} />}
        </Title>
        <RecordTimeline record={{ contact_id: deal.contact_id, deal_id: deal.id }} headingOrder={4} />
      </section>
    </Stack>
  );
}
