import { useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { NotFound } from "./NotFound";
import { SECTIONS } from "./sections";

/** Holds the place of a screen of the navigation whose noun has no folder of its own yet. */
export function SectionScreen() {
  const { t } = useTranslation();
  const path = useLocation({ select: (location) => location.pathname });
  const section = SECTIONS.find((known) => known.path === path);
  if (!section) return <NotFound />;
  const title = t(`nav.${section.name}`);
  return (
    <div>
      <PageHeader title={title} />
      <EmptyState icon={section.icon} title={t("section.title", { title })} hint={t("section.hint")} />
    </div>
  );
}
