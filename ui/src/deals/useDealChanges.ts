import { useMutation, useMutationState, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { toastError } from "../components/problem";
import { stageName, type FunnelDocument } from "../funnels/document";
import { closeDeal, DEALS, moveDeal, reopenDeal, type Deal } from "./api";
import { withConfirmed, type Board, type PendingChange } from "./board";

/** What is asked of the server: a change of the board, or a closed deal opened again. */
export type DealRequest = (PendingChange | { kind: "reopen"; deal: string }) & { reason?: string; isUndo?: boolean; former?: Deal };

const CHANGE_KEY = [...DEALS, "change"];

function send(request: DealRequest): Promise<Deal> {
  switch (request.kind) {
    case "move":
      return moveDeal(request.deal, request.stage, request.reason);
    case "close":
      return closeDeal(request.deal, request.outcome, request.reason ?? "");
    case "reopen":
      return reopenDeal(request.deal);
  }
}

/** What undoes a change; null for one that was itself an undoing. */
function undoing(request: DealRequest): DealRequest | null {
  if (request.isUndo || !request.former) return null;
  if (request.kind === "move") return { kind: "move", deal: request.deal, stage: request.former.stage, isUndo: true };
  return request.kind === "close" ? { kind: "reopen", deal: request.deal, isUndo: true } : null;
}

/** The changes that the server has not confirmed yet, in the order in which they were made. */
export function usePendingChanges(): PendingChange[] {
  const requests = useMutationState({
    filters: { mutationKey: CHANGE_KEY, status: "pending" },
    select: (mutation) => mutation.state.variables as DealRequest,
  });
  return requests.filter((request) => request.kind !== "reopen");
}

/** Moves, closes and reopens deals: seen at once, said with a way back, taken back when the server refuses or a gate is shut. */
export function useDealChanges(document: FunnelDocument | undefined, onShut?: (request: DealRequest) => void) {
  const { t, i18n } = useTranslation("deals");
  const queries = useQueryClient();

  function say(request: DealRequest, deal: Deal, run: (next: DealRequest) => void) {
    const undo = undoing(request);
    if (!undo) return;
    const stage = document?.stages.find(({ id }) => id === deal.stage);
    const message =
      request.kind === "move"
        ? t("movedTo", { title: deal.title, stage: stage ? stageName(stage, i18n.language) : deal.stage })
        : t(deal.status === "won" ? "isWon" : "isLost", { title: deal.title });
    void import("../components/undoToast").then(({ toastUndo }) => toastUndo(message, t("undo"), () => run(undo)));
  }

  const mutation = useMutation({
    mutationKey: CHANGE_KEY,
    mutationFn: send,
    // An answer that was on its way does not know of the change yet.
    onMutate: () => queries.cancelQueries({ queryKey: [...DEALS, "board"] }),
    onError: (error, request) => {
      // A shut gate is no failure: it says what is missing, and lets one fill it in.
      if (onShut && request.former && error instanceof ApiProblem && error.code === "gate_shut") onShut(request);
      else toastError(error);
    },
    onSuccess: (deal, request) => {
      queries.setQueriesData<Board>({ queryKey: [...DEALS, "board"] }, (board) => board && withConfirmed(board, deal));
      say(request, deal, mutation.mutate);
    },
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: DEALS });
    },
  });
  return mutation;
}
