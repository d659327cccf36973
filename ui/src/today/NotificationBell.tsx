import { UnstyledButton } from "@mantine/core";
import { IconBell } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { loadTexts } from "../i18n";
import { todayCountsQuery } from "./api";
import classes from "./Counts.module.css";

const loadPanel = async () => {
  const [panel] = await Promise.all([import("./NotificationsPanel"), loadTexts("today")]);
  return panel;
};
const NotificationsPanel = lazy(loadPanel);

/** How many notifications were not read; the list is fetched when the pointer or the focus comes near. */
export function NotificationBell() {
  const { t } = useTranslation();
  const { data } = useQuery(todayCountsQuery);
  const [isOpen, setIsOpen] = useState(false);
  const [isWanted, setIsWanted] = useState(false);
  const unread = data?.unread ?? 0;
  const button = (
    <UnstyledButton className={classes["bell"] ?? ""} aria-haspopup="dialog" aria-expanded={isOpen} aria-label={unread > 0 ? t("user.unread", { count: unread }) : t("user.notifications")}
      onPointerEnter={() => void loadPanel()} onFocus={() => void loadPanel()} onClick={() => { setIsWanted(true); setIsOpen(!isOpen); }}>
      <IconBell size={20} stroke={1.5} aria-hidden />
      {/* Drawn and not written: the button's name says the whole number. */}
      {unread > 0 && <span className={classes["dot"]} aria-hidden data-count={unread > 9 ? "9+" : unread} />}
    </UnstyledButton>
  );
  if (!isWanted) return button;
  return <Suspense fallback={button}><NotificationsPanel target={button} isOpen={isOpen} onChange={setIsOpen} /></Suspense>;
}
