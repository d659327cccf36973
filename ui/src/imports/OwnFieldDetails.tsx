import { Select, TagsInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { textFor } from "../localized";
import { fieldsQuery, type Field, type FieldEntity, type FieldKind } from "../records/api";
import { useMay } from "../session/useMay";
import { TIME_FORMATS, type SuggestedField, type ValueType } from "./api";
import { asField, asNewField, type FieldRule } from "./mapping";

const KINDS = ["text", "long_text", "whole_number", "number", "money", "date", "date_time", "yes_no", "choice", "choices", "url", "email", "phone", "user"] as const satisfies readonly FieldKind[];
const NUMBERS = ["number", "number_comma"] as const satisfies readonly ValueType[];
/** No key is called so. */
const NEW = "";

interface Props {
  rule: FieldRule;
  entity: FieldEntity;
  suggested: SuggestedField | undefined;
  onChange: (rule: FieldRule) => void;
}

const hasChoices = (kind: FieldKind) => kind === "choice" || kind === "choices";

/** Which field of the company's own a column fills: one that is there, or a new one with its name, type and choices. */
export function OwnFieldDetails({ rule, entity, suggested, onChange }: Props) {
  const { t, i18n } = useTranslation(["imports", "records"]);
  const may = useMay();
  const { data } = useQuery(fieldsQuery(entity));
  const known = (data?.items ?? []).filter(({ is_archived }) => !is_archived);
  const labelOf = (field: Field) => textFor(field.label, i18n.language) || field.key;
  const { column, make } = rule;
  const kind = make?.kind ?? known.find(({ key }) => key === rule.key)?.kind;
  const choices = [
    ...known.map((field) => ({ value: field.key, label: labelOf(field) })),
    ...(may("settings.write") && suggested ? [{ value: NEW, label: t("newField") }] : []),
  ];
  const choose = (key: string | null) => {
    if (key === NEW && suggested) onChange(asNewField(rule, suggested));
    else if (key) onChange(asField(rule, key, suggested));
  };
  return (
    <>
      <Select aria-label={t("ownField", { column })} w={200} allowDeselect={false} searchable={choices.length > 8} value={make ? NEW : rule.key || null} data={choices} onChange={choose} />
      {make && (
        <>
          <TextInput aria-label={t("fieldLabel", { column })} w={176} value={make.label} onChange={(event) => onChange({ ...rule, make: { ...make, label: event.currentTarget.value } })} />
          <Select aria-label={t("fieldKind", { column })} w={160} allowDeselect={false} value={make.kind} data={KINDS.map((value) => ({ value, label: t(`records:kinds.${value}`) }))}
            onChange={(next) => next && onChange({ ...rule, make: { ...make, kind: next, choices: hasChoices(next) ? make.choices : [] } })} />
          {hasChoices(make.kind) && (
            <TagsInput aria-label={t("fieldChoices", { column })} w={344} value={make.choices} description={t("fieldChoicesHint")} inputWrapperOrder={["input", "description"]} splitChars={[";", "|"]} onChange={(next) => onChange({ ...rule, make: { ...make, choices: next } })} />
          )}
        </>
      )}
      {(kind === "number" || kind === "whole_number" || kind === "money") && (
        <Select aria-label={t("valueOf", { column })} w={168} allowDeselect={false} value={rule.value === "number_comma" ? "number_comma" : "number"} data={NUMBERS.map((value) => ({ value, label: t(`values.${value}`) }))} onChange={(value) => value && onChange({ ...rule, value })} />
      )}
      {(kind === "date" || kind === "date_time") && (
        <Select aria-label={t("formatOf", { column })} w={248} allowDeselect={false} value={rule.format} data={TIME_FORMATS.map((value) => ({ value, label: t(`times.${value}`) }))} onChange={(format) => format && onChange({ ...rule, format })} />
      )}
    </>
  );
}

/** Of which own amount a column tells the currency. */
export function CurrencyOf({ column, value, entity, onChange }: { column: string; value: string; entity: FieldEntity; onChange: (key: string) => void }) {
  const { t, i18n } = useTranslation("imports");
  const { data } = useQuery(fieldsQuery(entity));
  const amounts = (data?.items ?? []).filter(({ kind, is_archived }) => kind === "money" && !is_archived);
  return <Select aria-label={t("ownField", { column })} w={200} allowDeselect={false} value={value || null} data={amounts.map((field) => ({ value: field.key, label: textFor(field.label, i18n.language) || field.key }))} onChange={(key) => key && onChange(key)} />;
}
