import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Schema } from "../api/types";

export type Playbook = Schema<"PlaybookView">;
export type PlaybookDoc = Schema<"PlaybookDoc">;
export type PlaybookStarter = Schema<"PlaybookStarter">;
export type PlaybookRun = Schema<"PlaybookRun">;
export type DealPlaybook = Schema<"DealPlaybook">;
export type ScriptStep = Schema<"ScriptStep">;

export const PLAYBOOKS = ["playbooks"] as const;

export const playbooksQuery = queryOptions({
  queryKey: [...PLAYBOOKS, "list"],
  queryFn: ({ signal }) => api.get<{ items: Playbook[] }>("/playbooks", { signal }),
});

export const playbookQuery = (id: string) =>
  queryOptions({ queryKey: [...PLAYBOOKS, "one", id], queryFn: ({ signal }) => api.get<Playbook>(`/playbooks/${id}`, { signal }) });

export const startersQuery = (locale: string) =>
  queryOptions({
    queryKey: [...PLAYBOOKS, "starters", locale],
    queryFn: ({ signal }) => api.get<{ items: PlaybookStarter[] }>("/playbooks/starters", { query: { locale }, signal }),
    staleTime: Infinity,
  });

export const dealPlaybooksQuery = (deal: string) =>
  queryOptions({ queryKey: [...PLAYBOOKS, "of", deal], queryFn: ({ signal }) => api.get<{ items: DealPlaybook[] }>(`/deals/${deal}/playbooks`, { signal }) });

export const createPlaybook = (name: string, document: PlaybookDoc) => api.post<Playbook>("/playbooks", { name, document });
export const updatePlaybook = (id: string, name: string, document: PlaybookDoc, version: number) => api.put<Playbook>(`/playbooks/${id}`, { name, document, base_version: version });
export const deletePlaybook = (id: string) => api.delete(`/playbooks/${id}`);
export const goOn = (deal: string, playbook: string, path: string[], checked: string[]) => api.put<PlaybookRun>(`/deals/${deal}/playbooks/${playbook}`, { path, checked });
