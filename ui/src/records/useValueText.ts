import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Money } from "../api/types";
import { usersQuery } from "../deals/api";
import { useFormat } from "../i18n";
import type { ListField } from "./fields";

/** How a value is read: a choice by its label, money and days as the reader's language writes them. */
export function useValueText(): (field: ListField, value: unknown) => string {
  const { t } = useTranslation("records");
  const format = useFormat();
  const { data: users } = useQuery(usersQuery);
  return useCallback(
    (field, value) => {
      if (value === null || value === undefined || value === "") return "";
      const labelOf = (one: unknown) => (field.kind === "user" ? users?.items.find(({ id }) => id === one)?.name : field.choices?.find((choice) => choice.value === one)?.label) ?? String(one);
      if (Array.isArray(value)) return value.map(labelOf).join(", ");
      if (typeof value === "boolean") return t(value ? "yes" : "no");
      if (typeof value === "number") return format.decimal(value, 6);
      if (typeof value === "object") return "minor" in value ? format.money(value as Money) : JSON.stringify(value);
      if (typeof value !== "string") return "";
      // A day has no zone: noon keeps it the same everywhere.
      if (/^\d{4}-\d{2}-\d{2}$/.test(value) && (field.kind === "date" || field.kind === "date_time")) return format.date(`${value}T12:00:00Z`);
      if (field.kind === "date_time") return format.date(value, "datetime");
      return labelOf(value);
    },
    [t, format, users],
  );
}
