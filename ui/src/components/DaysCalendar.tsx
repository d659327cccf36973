import "@mantine/dates/styles.css";
import "dayjs/locale/da";
import "dayjs/locale/en-gb";
import "dayjs/locale/fi";
import "dayjs/locale/nb";
import "dayjs/locale/sv";
import { Button, Group, Text } from "@mantine/core";
import { DatePicker } from "@mantine/dates";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Days } from "../period";
import classes from "./PeriodPicker.module.css";

interface Props {
  days: Days;
  onApply: (days: Days) => void;
  onBack: () => void;
}

/** A month in which the first and the last day are chosen. */
export default function DaysCalendar({ days, onApply, onBack }: Props) {
  const { t, i18n } = useTranslation();
  const [[first, last], setRange] = useState<[string | null, string | null]>([days.first, days.last]);
  return (
    <div className={classes["calendar"]} style={{ padding: 8 }}>
      <Text size="sm" c="dimmed" mb="xs">{t("period.chooseDays")}</Text>
      <DatePicker type="range" allowSingleDateInRange value={[first, last]} onChange={setRange} defaultDate={days.last}
        locale={i18n.language === "en" ? "en-gb" : i18n.language} firstDayOfWeek={1} hideOutsideDates weekendDays={[]}
        ariaLabels={{ nextMonth: t("period.nextMonth"), previousMonth: t("period.previousMonth") }} />
      <Group justify="space-between" mt="sm">
        <Button variant="default" onClick={onBack}>{t("actions.back")}</Button>
        <Button disabled={!first || !last} onClick={() => { if (first && last) onApply({ first, last }); }}>{t("period.apply")}</Button>
      </Group>
    </div>
  );
}
