import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { toastError } from "../components/problem";
import { completeActivity, refreshActivities, removeActivity, reopenActivity, restoreActivity, updateActivity, type Activity, type ActivityCompletion } from "./api";

type Change =
  | { kind: "complete"; activity: Activity; completion?: ActivityCompletion }
  | { kind: "reopen"; id: string }
  | { kind: "remove"; activity: Activity }
  | { kind: "restore"; id: string }
  | { kind: "snooze"; activity: Activity; due_at: string | null; quiet?: boolean };

function send(change: Change): Promise<unknown> {
  switch (change.kind) {
    case "complete": return completeActivity(change.activity.id, change.completion);
    case "reopen": return reopenActivity(change.id);
    case "remove": return removeActivity(change.activity.id);
    case "restore": return restoreActivity(change.id);
    case "snooze": return updateActivity(change.activity.id, { due_at: change.due_at });
  }
}

/** What takes a change back, if anything does. */
function undoing(change: Change): Change | null {
  if (change.kind === "complete") return { kind: "reopen", id: change.activity.id };
  if (change.kind === "remove") return { kind: "restore", id: change.activity.id };
  if (change.kind === "snooze" && !change.quiet) return { ...change, due_at: change.activity.due_at, quiet: true };
  return null;
}

/** Ends, puts off and removes activities, each with a way back. */
export function useActivityChanges() {
  const { t } = useTranslation("activities");
  const queries = useQueryClient();
  const mutation = useMutation({
    mutationFn: send,
    onError: toastError,
    onSuccess: (_answer, change) => {
      const undo = undoing(change);
      if (!undo || change.kind === "reopen" || change.kind === "restore") return;
      const message = t(`done.${change.kind}`, { title: change.activity.title || t(`kinds.${change.activity.kind}`) });
      void import("../components/undoToast").then(({ toastUndo }) => toastUndo(message, t("undo"), () => mutation.mutate(undo)));
    },
    onSettled: () => refreshActivities(queries),
  });
  return mutation;
}
