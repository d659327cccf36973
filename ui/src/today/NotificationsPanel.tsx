import { Button, Popover, Skeleton, Stack, Title } from "@mantine/core";
import { IconBell } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import activities from "../activities/Activities.module.css";
import { EmptyState } from "../components/EmptyState";
import { QueryProblem } from "../components/QueryProblem";
import { notificationsQuery, readNotifications } from "./api";
import { Notice } from "./Notice";
import classes from "./TodayScreen.module.css";

/** What the reader was told, the latest first. */
export default function NotificationsPanel({ target, isOpen, onChange }: { target: ReactNode; isOpen: boolean; onChange: (isOpen: boolean) => void }) {
  const { t } = useTranslation("today");
  const queries = useQueryClient();
  const told = useQuery({ ...notificationsQuery, enabled: isOpen });
  const read = useMutation({ mutationFn: () => readNotifications(), onSettled: () => queries.invalidateQueries({ queryKey: ["today"] }) });
  const items = told.data?.items ?? [];
  return (
    <Popover opened={isOpen} onChange={onChange} width={360} position="bottom-end" shadow="md" trapFocus radius="lg">
      <Popover.Target>{target}</Popover.Target>
      <Popover.Dropdown aria-label={t("notifications")}>
        <div className={classes["panelHead"]}>
          <Title order={2} size="h3">{t("notifications")}</Title>
          {(told.data?.unread ?? 0) > 0 && <Button size="compact-sm" variant="subtle" loading={read.isPending} onClick={() => read.mutate()}>{t("readAll")}</Button>}
        </div>
        {told.isError && !told.data ? (
          <QueryProblem error={told.error} onRetry={() => void told.refetch()} />
        ) : told.isPending ? (
          <Stack gap="xs">{[0, 1, 2].map((index) => <Skeleton key={index} height={48} radius="md" />)}</Stack>
        ) : items.length === 0 ? (
          <EmptyState isCompact icon={IconBell} title={t("noNotifications")} hint={t("noNotificationsHint")} />
        ) : (
          <ul className={`${activities["list"] ?? ""} ${classes["panel"] ?? ""}`}>
            {items.map((notification) => <li key={notification.id} className={classes["row"]}><Notice notification={notification} onGo={() => onChange(false)} /></li>)}
          </ul>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
