import type { UseFormReturnType } from "@mantine/form";
import i18next from "i18next";
import { ApiProblem } from "../api/client";

/** What went wrong, in the reader's language where we know the case, else in the server's words. */
export function describeError(error: unknown): string {
  const t = i18next.getFixedT(null, "common");
  if (!(error instanceof ApiProblem)) return t("errors.unexpected", { status: "–" });
  if (error.code === "unreachable") return t("errors.unreachable");
  if (error.code === "timeout") return t("errors.timeout");
  // The server's detail names what to do; these three are said when it gave none.
  if (error.message && error.message !== `HTTP ${error.status}`) return error.message;
  if (error.status === 403) return t("errors.forbidden");
  if (error.status === 404) return t("errors.notFound");
  if (error.status === 429) return t("errors.tooMany");
  return t("errors.unexpected", { status: error.status });
}

/** Toasts are fetched with the first one: few visits need any. */
const toast = async (...content: Parameters<(typeof import("./toasts"))["showToast"]>) => (await import("./toasts")).showToast(...content);

export function toastError(error: unknown): void {
  void toast({ color: "red", title: i18next.t("errors.title", { ns: "common" }), message: describeError(error), autoClose: 10_000 });
}

export function toastDone(message: string): void {
  void toast({ message, color: "fjord", autoClose: 4_000 });
}

/**
 * Puts the server's field errors beside their fields. Returns what belongs to no field of the form, to be shown above it,
 * or null when every error found its place.
 */
export function placeErrors<T extends Record<string, unknown>>(form: UseFormReturnType<T>, error: unknown): string | null {
  if (!(error instanceof ApiProblem) || error.fields.length === 0) return describeError(error);
  const top = (path: string) => path.split(".")[0] ?? path;
  const [known, unknown] = [
    error.fields.filter((field) => top(field.field) in form.getValues()),
    error.fields.filter((field) => !(top(field.field) in form.getValues())),
  ];
  known.forEach((field) => form.setFieldError(field.field, field.detail));
  const first = known[0];
  if (first) form.getInputNode(first.field)?.focus();
  return unknown.length > 0 ? unknown.map((field) => `${field.field}: ${field.detail}`).join(" ") : null;
}
