import { Menu, Text, UnstyledButton } from "@mantine/core";
import { IconCalendar, IconCheck, IconChevronDown } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
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
}

const COMPARISON_TEXTS = { none: "period.none", previous: "period.previous", year: "period.lastYear" } as const;

function withComparison(value: PeriodSearch, name: (typeof COMPARISONS)[number]): PeriodSearch {
  const next = { ...value };
  delete next.compare;
  return name === "none" ? next : { ...next, compare: name };
}

/** Chooses the period of a report and what to compare it with. Its state belongs in the address: see parsePeriod. */
export function PeriodPicker({ value, onChange, days, comparedDays }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isOpen, setIsOpen] = useState(false);
  const [choosesDays, setChoosesDays] = useState(false);
  const preset = value.period ?? DEFAULT_PRESET;
  const compare = value.compare ?? "none";
  const rest = value.compare ? { compare: value.compare } : {};
  const range = (shown: Days) => format.dateRange(`${shown.first}T12:00:00Z`, `${shown.last}T12:00:00Z`);
  const check = (isOn: boolean) => (isOn ? <IconCheck size={16} aria-hidden /> : <span className={classes["noCheck"]} />);
  const choose = (next: PeriodSearch) => {
    onChange(next);
    setIsOpen(false);
  };

  return (
    <Menu opened={isOpen} onChange={(opened) => { setIsOpen(opened); if (opened) setChoosesDays(false); }} width={choosesDays ? "auto" : 240}>
      <Menu.Target>
        <UnstyledButton className={classes["target"]}>
          <IconCalendar size={18} stroke={1.5} aria-hidden />
          <span>
            <Text component="span" size="sm" fw={550}>{preset === "custom" ? range(days) : t(`period.${preset}`)}</Text>
            {comparedDays && <Text component="span" size="xs" c="dimmed" className={classes["versus"]}>{t("period.versus", { range: range(comparedDays) })}</Text>}
          </span>
          <IconChevronDown size={16} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {choosesDays ? (
          <Suspense fallback={<div className={classes["calendar"]} />}>
            <DaysCalendar days={days} onApply={(next) => choose({ ...rest, period: "custom", from: next.first, to: next.last })} onBack={() => setChoosesDays(false)} />
          </Suspense>
        ) : (
          <>
            <Menu.Label>{t("period.label")}</Menu.Label>
            {PRESETS.map((name) => (
              <Menu.Item key={name} role="menuitemradio" aria-checked={preset === name} leftSection={check(preset === name)} onClick={() => choose({ ...rest, period: name })}>
                {t(`period.${name}`)}
              </Menu.Item>
            ))}
            <Menu.Item closeMenuOnClick={false} role="menuitemradio" aria-checked={preset === "custom"} leftSection={check(preset === "custom")} onClick={() => setChoosesDays(true)}>
              {t("period.custom")} …
            </Menu.Item>
            <Menu.Divider />
            <Menu.Label>{t("period.compare")}</Menu.Label>
            {COMPARISONS.map((name) => (
              <Menu.Item key={name} role="menuitemradio" aria-checked={compare === name} leftSection={check(compare === name)}
                onClick={() => choose(withComparison(value, name))}>
                {t(COMPARISON_TEXTS[name])}
              </Menu.Item>
            ))}
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

