import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PageHeader } from "../components/PageHeader";
import { Timeline } from "../people/Timeline";

/** One contact: everything that happened to them. */
export function ContactScreen() {
  const { t } = useTranslation(["contacts", "common"]);
  const { contactId } = useParams({ from: "/app/contacts/$contactId" });
  return (
    <div>
      <PageHeader title={t("timeline")} back={{ to: "/contacts", label: t("common:nav.contacts") }} />
      <Timeline person={`contact:${contactId}`} headingOrder={2} />
    </div>
  );
}
