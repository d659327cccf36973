import i18next from "i18next";
import { Select } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./FunnelReport.module.css";
import { ATTRIBUTIONS, PROPERTIES, type ReportSearch } from "./reportState";

const NONE = "";

interface Props {
  search: ReportSearch;
  onChange: (next: Partial<ReportSearch>) => void;
}

/** Splits the report by an event property: one of the known ones, or any that is written. */
export function BreakdownControls({ search, onChange }: Props) {
  const { t } = useTranslation("funnels");
  const [text, setText] = useState("");
  const known = new Set<string>(PROPERTIES);
  const written = text.trim();
  const extra = [search.by, written].filter((name): name is string => Boolean(name) && !known.has(name ?? ""));
  const isOffered = written !== "" && ![...PROPERTIES].some((name) => t(`properties.${name}`) === written || name === written) && written !== t("byNothing");
  const data = [
    { value: NONE, label: t("byNothing") },
    ...PROPERTIES.map((name) => ({ value: name, label: t(`properties.${name}`) })),
    ...[...new Set(extra)].filter((name) => name === search.by || isOffered).map((name) => ({ value: name, label: t("otherProperty", { name }) })),
  ];
  return (
    <div className={classes["controls"]}>
      <Select label={t("by")} data={data} value={search.by ?? NONE} searchable onSearchChange={setText}
        onChange={(by) => onChange({ by: by === NONE || by === null ? undefined : by })} w={220} />
      {search.by && (
        <Select label={t("attribution")} value={search.attribution ?? "first_touch"} w={180}
          data={ATTRIBUTIONS.map((value) => ({ value: value, label: t(`attributions.${value}`) }))}
          onChange={(value) => onChange({ attribution: ATTRIBUTIONS.find((known) => known === value) })} />
      )}
    </div>
  );
}

/** Others that our own events carry. */
const OTHER_PROPERTIES = ["stage", "deal", "funnel", "offer", "order", "value", "currency", "quantity", "form", "magnet", "subject", "template", "reason"] as const;

/** A property's name as people say it; one that we do not know stays as it is written. */
export const propertyName = (name: string): string => {
  const known = [...PROPERTIES, ...OTHER_PROPERTIES].find((property) => property === name);
  return known ? i18next.t(`properties.${known}`, { ns: "funnels" }) : name;
};
