import { Button, Group, Progress, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { QueryClient } from "@tanstack/react-query";
import i18next from "i18next";
import { toastError } from "../components/problem";
import { showToast } from "../components/toasts";
import { fetchBulk, undoBulk, type BulkEdit } from "./api";
import classes from "./records.module.css";

const ASK_MS = 700;
const SHOWN_MS = 12_000;
const ENDED: readonly BulkEdit["state"][] = ["done", "undone", "called_off", "failed"];

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Shows how far an edit of many records has come, and offers to take it back, until it has ended. */
export async function followBulk(edit: BulkEdit, queries: QueryClient): Promise<void> {
  const id = `bulk-${edit.id}`;
  showToast({ id, autoClose: false, color: "fjord", message: <Told edit={edit} onUndo={() => void takeBack(edit, id, queries)} /> });
  let now = edit;
  while (!ENDED.includes(now.state)) {
    await wait(ASK_MS);
    try {
      now = await fetchBulk(edit.id);
    } catch (error) {
      notifications.hide(id);
      toastError(error);
      return;
    }
    const current = now;
    notifications.update({ id, autoClose: ENDED.includes(now.state) ? SHOWN_MS : false, color: now.state === "failed" ? "red" : "fjord", message: <Told edit={current} onUndo={() => void takeBack(current, id, queries)} /> });
  }
  await Promise.all([queries.invalidateQueries({ queryKey: ["contacts"] }), queries.invalidateQueries({ queryKey: ["companies"] })]);
}

async function takeBack(edit: BulkEdit, id: string, queries: QueryClient): Promise<void> {
  notifications.hide(id);
  try {
    await followBulk(await undoBulk(edit.id), queries);
  } catch (error) {
    toastError(error);
  }
}

function Told({ edit, onUndo }: { edit: BulkEdit; onUndo: () => void }) {
  const t = i18next.getFixedT(null, "records");
  const isMoving = edit.state === "running" || edit.state === "undoing";
  const words = edit.state === "running" && edit.can_undo ? t("bulk.waits", { count: edit.total }) : t(`bulk.${edit.state}`, { count: edit.state === "done" ? edit.changed : edit.state === "undone" ? edit.done : edit.total });
  return (
    <Group justify="space-between" wrap="nowrap" gap="sm">
      <div className={classes["progress"]}>
        <Text size="sm">{words}</Text>
        {edit.refused > 0 && <Text size="xs" c="dimmed">{t("bulk.refused", { count: edit.refused })}</Text>}
        {isMoving && !edit.can_undo && <Progress mt={6} size="sm" value={edit.total > 0 ? (100 * edit.done) / edit.total : 100} aria-label={words} />}
      </div>
      {edit.can_undo && <Button size="compact-sm" variant="light" style={{ flex: "none" }} onClick={onUndo}>{t("undo")}</Button>}
    </Group>
  );
}
