import { Text } from "@mantine/core";
import { IconAt, IconBell, IconBriefcase, IconClockExclamation, IconMail, IconUserCheck, type Icon } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { usersQuery } from "../deals/api";
import { useNow } from "../home/useNow";
import { useFormat } from "../i18n";
import { readNotifications, type Notification } from "./api";
import classes from "./TodayScreen.module.css";

const ICONS: Record<Notification["kind"], Icon> = { mention: IconAt, assignment: IconUserCheck, overdue: IconClockExclamation, reminder: IconBell, deal_assigned: IconBriefcase, answer_late: IconClockExclamation, team_answer_late: IconClockExclamation, email: IconMail };
const MINUTE_MS = 60_000;

/** One thing that the reader is told; a tap reads it and goes there. */
export function Notice({ notification, onGo }: { notification: Notification; onGo?: () => void }) {
  const { t } = useTranslation("today");
  const format = useFormat();
  const now = useNow(MINUTE_MS);
  const queries = useQueryClient();
  const { data: users } = useQuery(usersQuery);
  const read = useMutation({ mutationFn: () => readNotifications([notification.id]), onSettled: () => queries.invalidateQueries({ queryKey: ["today"] }) });
  const Icon = ICONS[notification.kind];
  const who = users?.items.find(({ id }) => id === notification.actor)?.name ?? t("somebody");
  const isOfDeal = notification.deal_id !== null && notification.activity_id === null;
  const to = isOfDeal ? `/deals?deal=${notification.deal_id}` : notification.contact_id ? `/contacts/${notification.contact_id}` : "/today";
  const go = () => {
    if (!notification.read_at) read.mutate();
    onGo?.();
  };
  return (
    <Link to={to} className={classes["notice"]} data-unread={!notification.read_at || undefined} onClick={go}>
      <Icon size={18} stroke={1.5} aria-hidden />
      <span className={classes["noticeText"]}>
        <Text component="span" display="block" size="sm" fw={notification.read_at ? 400 : 550}>{t(`notices.${notification.kind}`, { who })}</Text>
        {notification.text && <Text component="span" size="xs" c="dimmed" lineClamp={2}>{notification.text}</Text>}
        <Text component="span" display="block" size="xs" c="dimmed"><time dateTime={notification.created_at}>{format.ago(notification.created_at, now)}</time></Text>
      </span>
    </Link>
  );
}
