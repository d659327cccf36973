import { ActionIcon, Anchor, Menu, Text, UnstyledButton } from "@mantine/core";
import { IconCalendarEvent, IconCheck, IconClock, IconDots, IconRepeat, IconTrash, IconVideo } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import { usersQuery } from "../deals/api";
import { useNow } from "../home/useNow";
import { useFormat } from "../i18n";
import classes from "./Activities.module.css";
import { useMayChange } from "./ActivityEntry";
import type { Activity } from "./api";
import { LATER } from "./fields";
import { useActivityChanges } from "./useActivityChanges";
import { inDays } from "./zoned";

const MoveMeeting = lazy(() => import("./MoveMeeting"));
const MINUTE_MS = 60_000;

interface Props {
  activity: Activity;
  /** Says whom and what it is about: not needed on the record itself. */
  showsRecord?: boolean;
  /** Buttons before the menu. */
  actions?: React.ReactNode;
}

/** Something still to be done: one tap and it is. */
export function PlannedItem({ activity, showsRecord = false, actions }: Props) {
  const { t } = useTranslation(["activities", "common"]);
  const format = useFormat();
  const now = useNow(MINUTE_MS);
  const changes = useActivityChanges();
  const mayChange = useMayChange()(activity);
  const { data: users } = useQuery(usersQuery);
  const { data: session } = useQuery(sessionQuery);
  const [isMoving, setIsMoving] = useState(false);
  const isMeeting = activity.kind === "meeting";
  const due = activity.due_at;
  const isOver = due !== null && Date.parse(due) < now;
  const who = activity.assignee_id === session?.user?.id ? null : users?.items.find(({ id }) => id === activity.assignee_id)?.name;
  const isDone = changes.isPending && changes.variables.kind === "complete";
  return (
    <li className={classes["plannedItem"]} data-done={isDone || undefined}>
      {isMeeting ? (
        <span className={classes["meetingIcon"]} aria-hidden><IconCalendarEvent size={18} stroke={1.5} /></span>
      ) : (
        <UnstyledButton className={classes["check"] ?? ""} disabled={!mayChange || isDone} aria-label={t("complete", { title: activity.title })} onClick={() => changes.mutate({ kind: "complete", activity })}>
          <IconCheck size={14} stroke={2.5} aria-hidden />
        </UnstyledButton>
      )}
      <div className={classes["plannedText"]}>
        <Text component="span" display="block" size="sm" fw={550}>
          {activity.priority === "high" && <span className={classes["high"]} title={t("priorities.high")}>!</span>}
          {activity.title || t(`kinds.${activity.kind}`)}
        </Text>
        <Text component="span" display="block" size="xs" c="dimmed">
          {due && <time dateTime={due} className={classes["due"]} data-over={(isOver && !isMeeting) || undefined}>{format.date(due, isToday(due, now, format.date) ? "time" : "datetime")}</time>}
          {activity.details.repeat && <IconRepeat size={12} stroke={1.5} className={classes["inlineIcon"] ?? ""} aria-label={t("repeats.label")} />}
          {showsRecord && activity.contact_id && <>{due && " · "}<Anchor component={Link} to={`/contacts/${activity.contact_id}`} size="xs" c="inherit">{activity.contact_name}</Anchor></>}
          {activity.details.place && ` · ${activity.details.place}`}
          {who && ` · ${who}`}
        </Text>
        {isMeeting && isOver && mayChange && (
          <span className={classes["outcomes"]}>
            <UnstyledButton className={classes["pill"] ?? ""} onClick={() => changes.mutate({ kind: "complete", activity, completion: { outcome: "held" } })}>{t("meetingOutcomes.held")}</UnstyledButton>
            <UnstyledButton className={classes["pill"] ?? ""} onClick={() => changes.mutate({ kind: "complete", activity, completion: { outcome: "no_show" } })}>{t("meetingOutcomes.no_show")}</UnstyledButton>
            <UnstyledButton className={classes["pill"] ?? ""} onClick={() => setIsMoving(true)}>{t("meetingOutcomes.moved")} …</UnstyledButton>
          </span>
        )}
      </div>
      {isMeeting && activity.details.link && <ActionIcon component="a" href={activity.details.link} target="_blank" rel="noopener noreferrer" size={36} aria-label={t("join")}><IconVideo size={20} stroke={1.5} /></ActionIcon>}
      {actions}
      {mayChange && (
        <Menu>
          <Menu.Target>
            <ActionIcon size={36} aria-label={t("changeThis", { title: activity.title || t(`kinds.${activity.kind}`) })}><IconDots size={18} /></ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {isMeeting ? (
              <>
                <Menu.Item leftSection={<IconCheck size={16} stroke={1.5} />} onClick={() => changes.mutate({ kind: "complete", activity, completion: { outcome: "held" } })}>{t("meetingOutcomes.held")}</Menu.Item>
                <Menu.Item leftSection={<IconClock size={16} stroke={1.5} />} onClick={() => setIsMoving(true)}>{t("moveMeeting")}</Menu.Item>
              </>
            ) : (
              <>
                <Menu.Label>{t("snooze")}</Menu.Label>
                {LATER.map(({ id, days, hour }) => (
                  <Menu.Item key={id} leftSection={<IconClock size={16} stroke={1.5} />} onClick={() => changes.mutate({ kind: "snooze", activity, due_at: inDays(days, hour, format.timeZone) })}>{t(`later.${id}`)}</Menu.Item>
                ))}
                <Menu.Divider />
              </>
            )}
            <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={() => changes.mutate({ kind: "remove", activity })}>{t("common:actions.delete")}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      <Suspense>{isMoving && <MoveMeeting activity={activity} onClose={() => setIsMoving(false)} onMove={(at) => { setIsMoving(false); changes.mutate({ kind: "complete", activity, completion: { outcome: "moved", at } }); }} />}</Suspense>
    </li>
  );
}

const isToday = (moment: string, now: number, date: (value: string | number, style: "date") => string): boolean => date(moment, "date") === date(now, "date");
