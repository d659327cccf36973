import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { toastDone, toastError } from "../components/problem";
import { ApiProblem } from "../api/client";
import { showToast } from "../components/toasts";
import { deleteSegment, forgetSegments, segmentQuery, segmentsQuery, type Segment } from "./api";

/** Asks before a segment goes. One that another asks for stays, and it is said which. */
export function DeleteSegment({ segment, onClose, onDeleted }: { segment: Segment; onClose: () => void; onDeleted?: () => Promise<void> }) {
  const { t } = useTranslation(["segments", "common"]);
  const queries = useQueryClient();
  const { data } = useQuery(segmentsQuery);
  const remove = useMutation({
    mutationFn: () => deleteSegment(segment.id),
    onError: (error) => {
      onClose();
      const users = data?.items.filter(({ id }) => segment.used_by.includes(id)).map(({ name }) => name) ?? [];
      if (error instanceof ApiProblem && error.code === "used" && users.length > 0) showToast({ color: "red", message: t("usedBy", { names: users.join(", ") }), autoClose: 10_000 });
      else toastError(error);
    },
    onSuccess: async () => {
      toastDone(t("deleted"));
      await onDeleted?.();
      onClose();
      queries.removeQueries({ queryKey: segmentQuery(segment.id).queryKey });
      await forgetSegments(queries);
    },
  });
  return (
    <ConfirmDialog isOpen title={t("deleteTitle", { name: segment.name })} confirm={t("common:actions.delete")} isHarmful isBusy={remove.isPending} onConfirm={() => remove.mutate()} onCancel={onClose}>
      {t("deleteText")}
    </ConfirmDialog>
  );
}
