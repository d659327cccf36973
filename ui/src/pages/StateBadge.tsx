import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { stateOf, type PageLocale } from "./api";

/** What visitors see of a language of a page. */
export function StateBadge({ version, isNamed = false }: { version: PageLocale; isNamed?: boolean }) {
  const { t } = useTranslation("pages");
  const state = stateOf(version);
  const isOut = state !== "draft";
  return (
    <Badge variant={isOut ? "light" : "outline"} color={isOut ? "fjord" : "gray"} style={{ flex: "none" }}>
      {isNamed ? `${version.locale} · ` : ""}{t(`states.${state}`)}
    </Badge>
  );
}
