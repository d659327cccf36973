import { Skeleton, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Happening } from "../api/types";
import { eventName, useFormat } from "../i18n";
import { eventIcon } from "../people/eventIcon";
import classes from "./HomeScreen.module.css";
import { useNow } from "./useNow";

const TICK_MS = 15_000;
const SKELETON_ROWS = 7;

/** What just happened, the latest first; new entries light up for a moment. */
export function Feed({ items }: { items: readonly Happening[] | undefined }) {
  const { t } = useTranslation("home");
  const format = useFormat();
  const now = useNow(TICK_MS);
  if (!items) return <div className={classes["feed"]}>{Array.from({ length: SKELETON_ROWS }, (_, index) => <Skeleton key={index} height={32} my={12} />)}</div>;
  return (
    <ol className={classes["feed"]} aria-live="off" tabIndex={0} aria-label={t("latest")}>
      {items.map((item) => {
        const Icon = eventIcon(item.event);
        return (
          <li key={item.position} className={classes["happening"]}>
            <span className={classes["icon"]} aria-hidden><Icon size={16} stroke={1.5} /></span>
            <span style={{ flex: 1, minWidth: 0 }}>
              <Text component="span" display="block" size="sm" fw={550} truncate>{eventName(item.event)}</Text>
              <Text component="span" display="block" size="xs" c="dimmed" truncate>{item.label}</Text>
            </span>
            <time dateTime={item.at}>{format.ago(item.at, Math.max(now, Date.parse(item.at)))}</time>
          </li>
        );
      })}
    </ol>
  );
}
