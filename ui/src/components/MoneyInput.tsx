import { NumberInput, type NumberInputProps } from "@mantine/core";
import type { Money } from "../api/types";
import { useFormat } from "../i18n";

interface Props extends Omit<NumberInputProps, "value" | "onChange" | "defaultValue"> {
  value: Money;
  onChange: (value: Money) => void;
}

/** Minor units of one whole unit of a currency, as a power of ten. */
export const minorDigits = (currency: string): number => {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    // Not a currency that the browser knows.
    return 2;
  }
};

/** Whole minor units of an amount that a person wrote; what is too large to be exact is held at the edge of it. */
export const toMinor = (amount: number, currency: string): number => {
  const minor = Math.round(amount * 10 ** minorDigits(currency));
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, minor));
};

/** An amount, written as the reader's language writes it, kept in minor units. */
export function MoneyInput({ value, onChange, ...rest }: Props) {
  const format = useFormat();
  const digits = minorDigits(value.currency);
  const parts = new Intl.NumberFormat(format.locale).formatToParts(12_345.6);
  const part = (type: "group" | "decimal", other: string) => parts.find((one) => one.type === type)?.value ?? other;
  return (
    <NumberInput {...rest} value={value.minor / 10 ** digits} min={rest.min ?? 0} decimalScale={digits} hideControls
      thousandSeparator={part("group", " ")} decimalSeparator={part("decimal", ".")} allowedDecimalSeparators={[",", "."]}
      rightSection={<span style={{ fontSize: 12, color: "var(--ink-quiet)" }}>{value.currency}</span>} rightSectionWidth={52} rightSectionPointerEvents="none"
      inputMode="decimal" onChange={(amount) => onChange({ ...value, minor: typeof amount === "number" ? toMinor(amount, value.currency) : 0 })} />
  );
}
