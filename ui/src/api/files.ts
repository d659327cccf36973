import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import type { Schema } from "./types";

/** What was uploaded: pictures of pages and offers, files that are given for an address. */
export type FileView = Schema<"FileView">;

export const filesQuery = queryOptions({ queryKey: ["files"], queryFn: ({ signal }) => api.get<{ items: FileView[] }>("/files", { signal }) });

export const uploadFile = (file: File) => api.upload<FileView>("/files/upload", file);
