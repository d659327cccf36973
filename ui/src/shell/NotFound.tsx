import { Button } from "@mantine/core";
import { IconMapSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../components/EmptyState";

/** Outside the frame, where nothing else makes a main part. */
export function NotFoundPage() {
  return <main><NotFound /></main>;
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <div>
      <EmptyState headingOrder={1} icon={IconMapSearch} title={t("notFound.title")} hint={t("notFound.hint")}
        actions={<Button component={Link} to="/">{t("notFound.home")}</Button>} />
    </div>
  );
}
