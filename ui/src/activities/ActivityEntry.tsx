import { ActionIcon, Anchor, Menu, Skeleton, Text } from "@mantine/core";
import { IconDots, IconDownload, IconPencil, IconRotate, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createElement, lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { apiUrl } from "../api/client";
import { sessionQuery } from "../api/queries";
import { toastError } from "../components/problem";
import { usersQuery } from "../deals/api";
import { loadTexts, useFormat } from "../i18n";
import timeline from "../people/Timeline.module.css";
import { useMay } from "../session/useMay";
import classes from "./Activities.module.css";
import { refreshActivities, updateActivity, type Activity, type ActivityContent } from "./api";
import { EditText } from "./Composer";
import { useActivityChanges } from "./useActivityChanges";
import { KIND_ICONS, useHeading } from "./words";

const ActivityText = lazy(() => import("./ActivityText"));
const EmailBody = lazy(async () => {
  const [body] = await Promise.all([import("../emails/EmailBody"), loadTexts("emails")]);
  return body;
});
const Conversation = lazy(async () => {
  const [conversation] = await Promise.all([import("../emails/Conversation"), loadTexts("emails")]);
  return conversation;
});
const KILO = 1024;

interface Props {
  activity: Activity;
  /** E-mails of the same conversation that came before it. */
  earlier?: readonly Activity[];
  /** It stands below another one, and may be of another day. */
  isNested?: boolean;
}

/** What a colleague did, on a timeline. */
export function ActivityEntry({ activity, earlier = [], isNested = false }: Props) {
  const { t } = useTranslation("activities");
  const format = useFormat();
  const heading = useHeading();
  const { data: users } = useQuery(usersQuery);
  const [isEditing, setIsEditing] = useState(false);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: (content: ActivityContent) => updateActivity(activity.id, content, activity.version),
    onError: toastError,
    onSuccess: async () => {
      setIsEditing(false);
      await refreshActivities(queries);
    },
  });
  const nameOf = (id: string) => users?.items.find((user) => user.id === id)?.name;
  const by = activity.author === "system" ? null : (nameOf(activity.author) ?? t("somebody"));
  const { details } = activity;
  const isInbound = activity.kind === "email" && details.direction === "inbound";
  const asides = [
    isInbound ? details.email?.from_name || details.email?.from || activity.contact_name : by,
    details.email?.is_automatic ? t("automaticReply") : null,
    details.duration_s ? format.duration(details.duration_s) : null,
    details.place || null,
    details.file ? size(details.file.size_bytes, format.decimal) : null,
    activity.deal_title || null,
  ].filter(Boolean);
  return (
    <li className={timeline["event"]}>
      <span className={`${timeline["icon"] ?? ""} ${classes["own"] ?? ""}`} aria-hidden>{createElement(KIND_ICONS[activity.kind], { size: 16, stroke: 1.5 })}</span>
      <div className={classes["told"]}>
        <div className={classes["head"]}>
          <span className={classes["headText"]}>
            {details.file ? (
              <Anchor href={apiUrl(`/activities/${activity.id}/file`)} download={details.file.name} size="sm" fw={500}>{details.file.name} <IconDownload size={14} stroke={1.5} aria-hidden className={classes["inlineIcon"] ?? ""} /></Anchor>
            ) : (
              <Text component="span" display="block" size="sm" fw={500}>{heading(activity)}</Text>
            )}
            <Text component="span" display="block" size="xs" c="dimmed">{asides.join(" · ")}</Text>
          </span>
          <time dateTime={activity.at}>{format.date(activity.at, isNested ? "datetime" : "time")}</time>
          <Actions activity={activity} onEdit={() => setIsEditing(true)} />
        </div>
        {isEditing ? (
          <EditText activity={activity} isSaving={save.isPending} onSave={save.mutate} onClose={() => setIsEditing(false)} />
        ) : activity.kind === "email" ? (
          <Suspense fallback={<Skeleton height={40} />}><EmailBody activity={activity} /></Suspense>
        ) : (
          activity.body && <div className={classes["body"]}><Suspense fallback={<Skeleton height={40} />}><ActivityText text={activity.body} names={(users?.items ?? []).map(({ name }) => name)} /></Suspense></div>
        )}
        {earlier.length > 0 && <Suspense fallback={<Skeleton height={32} />}><Conversation earlier={earlier} /></Suspense>}
      </div>
    </li>
  );
}

function size(bytes: number, decimal: (value: number, digits?: number) => string): string {
  return bytes < KILO * KILO ? `${decimal(Math.max(bytes / KILO, 0.1), 0)} kB` : `${decimal(bytes / KILO / KILO)} MB`;
}

/** Whether the reader may change it: what the server would refuse is not offered. */
export function useMayChange(): (activity: Activity) => boolean {
  const may = useMay();
  const { data: session } = useQuery(sessionQuery);
  const own = session?.user?.id;
  return (activity) => may("activities.write") && (activity.author === own || activity.assignee_id === own || may("deals.all"));
}

function Actions({ activity, onEdit }: { activity: Activity; onEdit: () => void }) {
  const { t } = useTranslation(["activities", "common"]);
  const changes = useActivityChanges();
  if (!useMayChange()(activity)) return <span className={classes["noActions"]} />;
  const canReopen = activity.kind === "task" || activity.kind === "meeting";
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon size={28} aria-label={t("change")}><IconDots size={16} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {activity.kind !== "file" && activity.kind !== "email" && <Menu.Item leftSection={<IconPencil size={16} stroke={1.5} />} onClick={onEdit}>{t("edit")}</Menu.Item>}
        {canReopen && <Menu.Item leftSection={<IconRotate size={16} stroke={1.5} />} onClick={() => changes.mutate({ kind: "reopen", id: activity.id })}>{t("reopen")}</Menu.Item>}
        <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={() => changes.mutate({ kind: "remove", activity })}>{t("common:actions.delete")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
