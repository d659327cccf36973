import { Checkbox, NumberInput, Select, TextInput } from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import { useQuery } from "@tanstack/react-query";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { MoneyInput } from "../../components/MoneyInput";
import { fieldsQuery } from "../../records/api";
import { customFields } from "../../records/fields";
import { ValueInput } from "../../records/ValueInput";
import { useMay } from "../../session/useMay";
import { usersQuery, type Deal } from "../api";
import { choicesOf, inputOf, type FieldReason } from "./fields";

interface Props {
  reason: FieldReason;
  /** What people call the field. */
  label: string;
  deal: Deal;
  value: unknown;
  onChange: (value: unknown) => void;
}

const TEXT_CHARS_MAX = 2_000;

/** One field that a gate asks for: as the company defined it, else as the rule wants it. */
export function FieldInput(props: Props) {
  const { i18n } = useTranslation("gates");
  const { reason, label, value, onChange } = props;
  const [entity = "", name = ""] = reason.field.split(/\.(.*)/);
  const { data: fields } = useQuery({ ...fieldsQuery(entity === "contact" ? "contact" : "deal"), enabled: entity !== "company" });
  const own = choicesOf(reason).length === 0 && customFields(fields?.items ?? [], i18n.language).find((field) => field.name === `fields.${name}`);
  return own ? <ValueInput field={own} label={label} value={value} onChange={onChange} /> : <RuleInput {...props} />;
}

function RuleInput({ reason, label, deal, value, onChange }: Props) {
  const { t, i18n } = useTranslation("gates");
  const kind = inputOf(reason);
  const text = typeof value === "string" ? value : "";
  switch (kind) {
    case "money":
      return reason.field === "deal.value" ? (
        <MoneyInput label={label} value={{ ...deal.value, minor: typeof value === "number" ? value : deal.value.minor }} onChange={({ minor }) => onChange(minor)} />
      ) : (
        <NumberInput label={label} min={0} hideControls value={typeof value === "number" ? value : ""} onChange={(amount) => onChange(typeof amount === "number" ? amount : undefined)} />
      );
    case "number":
    case "discount":
      return (
        <NumberInput label={label} hideControls {...(kind === "discount" ? { min: 0, max: 100, decimalScale: 2, suffix: " %" } : {})} value={typeof value === "number" ? value : ""}
          onChange={(amount) => onChange(typeof amount === "number" ? amount : undefined)} />
      );
    case "date":
    case "future_date":
      return (
        <DatePickerInput label={label} valueFormat="D MMM YYYY" locale={i18n.language === "en" ? "en-gb" : i18n.language} firstDayOfWeek={1} hideOutsideDates weekendDays={[]} clearable value={text || null}
          {...(kind === "future_date" ? { minDate: dayjs().format("YYYY-MM-DD") } : {})} onChange={(day) => onChange(day ?? undefined)} />
      );
    case "yes":
      return <Checkbox label={label} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
    case "choice": {
      // Any JSON may be a choice; it goes back as it came.
      const choices = choicesOf(reason);
      const chosen = choices.findIndex((choice) => choice === value);
      return (
        <Select label={label} placeholder={t("choose")} data={choices.map((choice, index) => ({ value: String(index), label: String(choice) }))} value={chosen < 0 ? null : String(chosen)}
          onChange={(index) => onChange(index === null ? undefined : choices[Number(index)])} />
      );
    }
    case "owner":
      return <OwnerInput label={label} value={text || null} onChange={onChange} />;
    case "email":
    case "phone":
      return <TextInput label={label} type={kind === "email" ? "email" : "tel"} autoComplete="off" value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
    default:
      return <TextInput label={label} maxLength={TEXT_CHARS_MAX} value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
}

function OwnerInput({ label, value, onChange }: { label: string; value: string | null; onChange: (value: unknown) => void }) {
  const { t } = useTranslation("gates");
  const may = useMay();
  const { data: users } = useQuery({ ...usersQuery, enabled: may("deals.all") });
  const active = (users?.items ?? []).filter(({ is_active }) => is_active);
  return <Select label={label} placeholder={t("choose")} searchable data={active.map(({ id, name }) => ({ value: id, label: name }))} value={value} onChange={(id) => onChange(id ?? undefined)} />;
}
