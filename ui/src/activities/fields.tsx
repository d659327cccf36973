import { Chip, Group, Select, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n";
import { inDays, toCivil } from "./zoned";

/** What people mean by later: days ahead and the hour of the day. */
export const LATER = [
  { id: "today", days: 0, hour: 16 },
  { id: "tomorrow", days: 1, hour: 9 },
  { id: "threeDays", days: 3, hour: 9 },
  { id: "week", days: 7, hour: 9 },
] as const;

interface DueProps {
  label: string;
  value: string;
  error?: ReactNode;
  onChange: (value: string) => void;
}

/** A time, picked in one tap or on the clock. */
export function DueField({ label, value, error, onChange }: DueProps) {
  const { t } = useTranslation("activities");
  const { timeZone } = useFormat();
  return (
    <div>
      <TextInput type="datetime-local" label={label} value={value} error={error} onChange={(event) => onChange(event.currentTarget.value)} />
      <Group gap={6} mt={8} role="group" aria-label={label}>
        {LATER.map(({ id, days, hour }) => {
          const civil = toCivil(inDays(days, hour, timeZone), timeZone);
          return <Chip key={id} size="xs" variant="light" checked={value === civil} onChange={() => onChange(civil)}>{t(`later.${id}`)}</Chip>;
        })}
      </Group>
    </div>
  );
}

export type RepeatChoice = "none" | "day" | "weekdays" | "week" | "month" | "year";
const CHOICES: readonly RepeatChoice[] = ["none", "day", "weekdays", "week", "month", "year"];

export function RepeatField({ value, error, onChange }: { value: RepeatChoice; error?: ReactNode; onChange: (value: RepeatChoice) => void }) {
  const { t } = useTranslation("activities");
  return <Select label={t("repeat")} data={CHOICES.map((choice) => ({ value: choice, label: t(`repeats.${choice}`) }))} value={value} error={error} onChange={(choice) => onChange(choice ?? "none")} />;
}
