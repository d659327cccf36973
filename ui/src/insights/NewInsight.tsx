import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { parseBuilder } from "./ask";
import { Builder } from "./Builder";

/** A question that is not saved yet. */
export function NewInsight() {
  const { t } = useTranslation("insights");
  const raw = useSearch({ from: "/app/insights/new" });
  const search = useMemo(() => parseBuilder(raw), [raw]);
  const navigate = useNavigate({ from: "/insights/new" });
  return (
    <Builder search={search} title={t("newInsight")} onSearch={(next, replace) => void navigate({ search: next, replace, resetScroll: false })}
      actions={() => null} />
  );
}
