import { NumberInput, Select } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Builder.module.css";
import { useProblem } from "./problems";

const UNITS = { second: 1, minute: 60, hour: 3_600, day: 86_400 } as const;
type Unit = keyof typeof UNITS;
const NAMES = Object.keys(UNITS) as Unit[];

/** The largest unit in which the time is a whole number. */
const unitOf = (seconds: number): Unit => NAMES.findLast((name) => seconds % UNITS[name] === 0) ?? "second";

interface Props {
  label: string;
  value: number;
  field: string;
  onChange: (seconds: number) => void;
}

/** A length of time: a number and its unit. */
export function WithinField({ label, value, field, onChange }: Props) {
  const { t } = useTranslation("insights");
  const [chosen, setChosen] = useState<Unit | null>(null);
  const unit = chosen && value % UNITS[chosen] === 0 ? chosen : unitOf(value);
  const problem = useProblem(field);
  return (
    <div className={classes["pair"]}>
      <NumberInput label={label} value={value / UNITS[unit]} min={1} allowDecimal={false} allowNegative={false} error={problem}
        onChange={(count) => { if (typeof count === "number" && count >= 1) onChange(count * UNITS[unit]); }} />
      <Select aria-label={t("unitOf", { label })} value={unit} data={NAMES.map((name) => ({ value: name, label: t(`units.${name}`) }))}
        onChange={(next) => {
          const wanted = NAMES.find((name) => name === next) ?? unit;
          setChosen(wanted);
          onChange((value / UNITS[unit]) * UNITS[wanted]);
        }} />
    </div>
  );
}
