import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { todayCountsQuery } from "./api";
import classes from "./Counts.module.css";

/** Beside "Today" in the navigation: how much is still to be done. */
export function TodayCount() {
  const { t } = useTranslation();
  const { data } = useQuery(todayCountsQuery);
  const count = (data?.overdue ?? 0) + (data?.due ?? 0);
  if (count === 0) return null;
  return <span className={classes["count"]} data-pressing={(data?.overdue ?? 0) > 0 || undefined} aria-label={t("nav.todo", { count })}>{count > 99 ? "99+" : count}</span>;
}
