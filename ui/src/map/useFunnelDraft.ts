import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { funnelViewsQuery } from "../api/queries";
import { toastDone } from "../components/problem";
import { DEALS } from "../deals/api";
import type { FunnelDocument, FunnelView } from "../funnels/document";
import { moved } from "../designs/stages";
import { saveFunnel } from "./api";
import { FINDINGS } from "./findings";
import { draftStages, withStages, type DraftStage } from "./stages";

export interface FunnelDraft {
  document: FunnelDocument;
  stages: readonly DraftStage[];
  isDirty: boolean;
  isSaving: boolean;
  error: unknown;
  /** Somebody else has published a version since. */
  isPassed: boolean;
  /** What the server says of a place such as `stages.2.name`. */
  errorAt: (path: string) => string | undefined;
  change: (key: string, next: Partial<DraftStage>) => void;
  /** Answers the key of the new stage. */
  add: (at: number) => string;
  move: (key: string, by: number) => void;
  remove: (key: string) => void;
  save: () => void;
  discard: () => void;
  /** Throws the changes away for what runs now. */
  reload: () => void;
}

/** The stages of a funnel while they are being edited, and the way to save them. */
export function useFunnelDraft(view: FunnelView): FunnelDraft {
  const { t } = useTranslation("map");
  const queries = useQueryClient();
  const [stages, setStages] = useState(() => draftStages(view.document.stages));
  const document = withStages(view.document, stages);
  const isDirty = JSON.stringify(document) !== JSON.stringify(view.document);
  const saving = useMutation({
    mutationFn: () => saveFunnel(view.id, document, view.version),
    onSuccess: async (saved) => {
      toastDone(t("published", { version: saved.version }));
      await Promise.all([funnelViewsQuery.queryKey, DEALS, FINDINGS].map((queryKey) => queries.invalidateQueries({ queryKey })));
    },
  });
  const errors = saving.error instanceof ApiProblem ? saving.error.fields : [];
  return {
    document, stages, isDirty,
    isSaving: saving.isPending,
    error: saving.error,
    isPassed: saving.error instanceof ApiProblem && saving.error.code === "version_passed",
    errorAt: (path) => errors.find(({ field }) => field === `document.${path}` || field.startsWith(`document.${path}.`))?.detail,
    change: (key, next) => setStages((now) => now.map((stage) => (stage.key === key ? { ...stage, ...next } : stage))),
    add: (at) => {
      const key = `new-${Date.now()}`;
      setStages((now) => now.toSpliced(at, 0, { key, isNew: true, id: "", name: "", enters_on: "" }));
      return key;
    },
    move: (key, by) => setStages((now) => {
      const at = now.findIndex((stage) => stage.key === key);
      return at + by < 0 || at + by >= now.length ? now : moved(now, at, at + by);
    }),
    remove: (key) => setStages((now) => now.filter((stage) => stage.key !== key)),
    save: () => saving.mutate(),
    discard: () => {
      setStages(draftStages(view.document.stages));
      saving.reset();
    },
    reload: () => void queries.invalidateQueries({ queryKey: funnelViewsQuery.queryKey }),
  };
}
