import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiProblem } from "../api/client";
import type { FunnelDocument } from "../funnels/document";
import { draftQuery, saveDraft, type Draft } from "./api";

/** So long after the last change it is saved. */
const REST_MS = 700;

export type Saving = "saved" | "dirty" | "saving" | "conflict" | "failed";

export interface Editing {
  document: FunnelDocument;
  /** The YAML as it is typed, while the text is what is being written. */
  source: string | null;
  /** As it was last saved. */
  draft: Draft;
  saving: Saving;
  problem: unknown;
  change: (next: FunnelDocument) => void;
  changeSource: (text: string) => void;
  /** Saves at once; answers what was saved, or null when it could not be. */
  flush: () => Promise<Draft | null>;
  /** Takes what somebody else saved, and drops the own changes; or keeps the own ones over theirs. */
  resolve: (keep: "theirs" | "mine") => Promise<void>;
}

type Pending = { document: FunnelDocument } | { source: string };

/** Keeps a draft and saves it by itself. Saves come one after the other: each carries the revision of the one before. */
export function useDraft(first: Draft): Editing {
  const queries = useQueryClient();
  const [draft, setDraft] = useState(first);
  const [document, setDocument] = useState(first.document);
  const [source, setSource] = useState<string | null>(first.source_problem ? first.source : null);
  const [saving, setSaving] = useState<Saving>("saved");
  const [problem, setProblem] = useState<unknown>(null);
  const saved = useRef(first);
  const pending = useRef<Pending | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const running = useRef<Promise<Draft | null>>(Promise.resolve(first));

  const keep = useCallback((next: Draft) => {
    saved.current = next;
    setDraft(next);
    queries.setQueryData(draftQuery(next.funnel_id).queryKey, next);
  }, [queries]);

  // Typed while a save was under way.
  const isWaiting = () => pending.current !== null;

  const send = useCallback(async (): Promise<Draft | null> => {
    const what = pending.current;
    if (!what) return saved.current;
    pending.current = null;
    setSaving("saving");
    try {
      const next = await saveDraft(saved.current.funnel_id, { revision: saved.current.revision, ...what });
      keep(next);
      // A text that can be read again is the document; what was typed meanwhile stays.
      if ("source" in what && !isWaiting()) setDocument(next.document);
      setProblem(null);
      setSaving(isWaiting() ? "dirty" : "saved");
      return next;
    } catch (error) {
      pending.current ??= what;
      setProblem(error);
      setSaving(error instanceof ApiProblem && error.code === "draft_passed" ? "conflict" : "failed");
      return null;
    }
  }, [keep]);

  const flush = useCallback((): Promise<Draft | null> => {
    clearTimeout(timer.current);
    running.current = running.current.then(send, send);
    return running.current;
  }, [send]);

  const later = useCallback((what: Pending) => {
    pending.current = what;
    setSaving((now) => (now === "conflict" ? now : "dirty"));
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void flush(), REST_MS);
  }, [flush]);

  // What was written is not lost with the screen.
  useEffect(() => () => void flush(), [flush]);

  return {
    document, source, draft, saving, problem, flush,
    change: (next) => { setDocument(next); setSource(null); later({ document: next }); },
    changeSource: (text) => { setSource(text); later({ source: text }); },
    resolve: async (choice) => {
      const theirs = await queries.query({ ...draftQuery(saved.current.funnel_id), staleTime: 0 });
      if (choice === "theirs") {
        pending.current = null;
        setDocument(theirs.document);
        setSource(theirs.source_problem ? theirs.source : null);
      }
      keep(theirs);
      setProblem(null);
      setSaving("saved");
      if (choice === "mine") await flush();
    },
  };
}
