import { Anchor, Badge } from "@mantine/core";
import { IconBulb } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { summaryQuery } from "./api";
import classes from "./NewFindings.module.css";

/** How many findings are new in all funnels; nothing while there are none, or nobody could say. */
function useNewFindings(): number {
  const { data } = useQuery(summaryQuery);
  return (data?.items ?? []).reduce((sum, { new: count }) => sum + count, 0);
}

/** A small number beside a link to the designs. */
export function NewFindings() {
  const { t } = useTranslation();
  const count = useNewFindings();
  return count > 0 ? <Badge size="sm" color="yellow">{t("findings.new", { count })}</Badge> : null;
}

/** On the first screen: what the night's check has found, in a line. */
export function FindingsNotice() {
  const { t } = useTranslation();
  const count = useNewFindings();
  if (count === 0) return null;
  return (
    <p className={classes["notice"]}>
      <IconBulb size={18} stroke={1.5} aria-hidden />
      {t("findings.tell", { count })}
      <Anchor component={Link} to="/funnels/design" size="sm">{t("findings.look")}</Anchor>
    </p>
  );
}
