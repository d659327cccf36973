import { Divider, Popover, Text, UnstyledButton } from "@mantine/core";
import { IconCalendar, IconCheck, IconChevronDown } from "@tabler/icons-react";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n";
import { COMPARISONS, DEFAULT_PRESET, PRESETS, type Days, type PeriodSearch } from "../period";
import classes from "./PeriodPicker.module.css";

const DaysCalendar = lazy(() => import("./DaysCalendar"));

interface Props {
  value: PeriodSearch;
  onChange: (value: PeriodSearch) => void;
  /** The days that `value` means, and those it is compared with. */
  days: Days;
  comparedDays?: Days | undefined;
  /** Whether another period can be laid beside; it usually can. */
  canCompare?: boolean;
}

const COMPARISON_TEXTS = { none: "period.none", previous: "period.previous", year: "period.lastYear" } as const;

function withComparison(value: PeriodSearch, name: (typeof COMPARISONS)[number]): PeriodSearch {
  const next = { ...value };
  delete next.compare;
  return name === "none" ? next : { ...next, compare: name };
}

/** Chooses the period of a report and what to compare it with. Its state belongs in the address: see parsePeriod. */
export function PeriodPicker({ value, onChange, days, comparedDays, canCompare = true }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isOpen, setIsOpen] = useState(false);
  const [choosesDays, setChoosesDays] = useState(false);
  const preset = value.period ?? DEFAULT_PRESET;
  const compare = value.compare ?? "none";
  const rest = value.compare ? { compare: value.compare } : {};
  const range = (shown: Days) => format.dateRange(`${shown.first}T12:00:00Z`, `${shown.last}T12:00:00Z`);
  const choose = (next: PeriodSearch) => {
    onChange(next);
    setIsOpen(false);
  };
  const open = (opens: boolean) => {
    setIsOpen(opens);
    setChoosesDays(false);
  };

  return (
    <Popover opened={isOpen} onChange={open} position="bottom-end" shadow="md" trapFocus returnFocus withinPortal={false}>
      <Popover.Target>
        <UnstyledButton className={classes["target"]} onClick={() => open(!isOpen)}>
          <IconCalendar size={18} stroke={1.5} aria-hidden />
          <span>
            <Text component="span" size="sm" fw={550}>{preset === "custom" ? range(days) : t(`period.${preset}`)}</Text>
            {comparedDays && <Text component="span" size="xs" c="dimmed" className={classes["versus"]}>{t("period.versus", { range: range(comparedDays) })}</Text>}
          </span>
          <IconChevronDown size={16} aria-hidden />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p={4} aria-label={t("period.label")}>
        {choosesDays ? (
          <Suspense fallback={<div className={classes["calendar"]} />}>
            <DaysCalendar days={days} onApply={(next) => choose({ ...rest, period: "custom", from: next.first, to: next.last })} onBack={() => setChoosesDays(false)} />
          </Suspense>
        ) : (
          <>
            <Group label={t("period.label")}>
              {PRESETS.map((name) => <Choice key={name} isOn={preset === name} onClick={() => choose({ ...rest, period: name })}>{t(`period.${name}`)}</Choice>)}
              <Choice isOn={preset === "custom"} onClick={() => setChoosesDays(true)}>{t("period.custom")} …</Choice>
            </Group>
            {canCompare && (
              <>
                <Divider my={4} mx={-4} />
                <Group label={t("period.compare")}>
                  {COMPARISONS.map((name) => <Choice key={name} isOn={compare === name} onClick={() => choose(withComparison(value, name))}>{t(COMPARISON_TEXTS[name])}</Choice>)}
                </Group>
              </>
            )}
          </>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

function Group({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div role="group" aria-label={label} className={classes["group"]}>
      <div className={classes["groupLabel"]} aria-hidden>{label}</div>
      {children}
    </div>
  );
}

function Choice({ isOn, onClick, children }: { isOn: boolean; onClick: () => void; children: ReactNode }) {
  return (
    <UnstyledButton className={classes["choice"]} aria-pressed={isOn} onClick={onClick}>
      {children}
      {isOn && <IconCheck size={16} aria-hidden />}
    </UnstyledButton>
  );
}
