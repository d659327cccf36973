import { Badge, Button, Group, NumberInput, Select, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { lean, MEASURES, MOVING_AVERAGE, SERIES_MAX, TREND_TOP, type Series, type TrendAsk } from "../ask";
import classes from "./Builder.module.css";
import { Fold, Part } from "./Fold";
import { TopInput } from "./FunnelForm";
import { ItemRow, moved } from "./ItemRow";
import { useProblem } from "./problems";
import { PropertySelect } from "./PropertySelect";

interface Props {
  ask: TrendAsk;
  onChange: (ask: TrendAsk) => void;
}

export const letterOf = (index: number): string => String.fromCharCode(65 + index);
const EXAMPLES = ["B / A * 100", "A / B", "A + B", "A - B"];

/** What is counted over time: one thing, several beside each other, or a formula of them. */
export function TrendForm({ ask, onChange }: Props) {
  const { t } = useTranslation("insights");
  const { series } = ask;
  const set = (next: Series[]) => onChange({ ...ask, series: next });
  return (
    <>
      <Part title={t("whatCounts")}>
        <ol className={classes["items"]}>
          {series.map((one, index) => (
            <ItemRow key={index} item={one} index={index} count={series.length} mark={letterOf(index)} label={t("seriesLetter", { letter: letterOf(index) })} field={`series.${index}`}
              canRemove={series.length > 1} onChange={(next) => set(series.with(index, next))} onMove={(by) => set(moved(series, index, by))} onRemove={() => set(series.toSpliced(index, 1))}>
              <MeasureFields series={one} field={`series.${index}`} onChange={(next) => set(series.with(index, next))} />
            </ItemRow>
          ))}
        </ol>
        <Button variant="light" size="compact-md" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={16} />} disabled={series.length >= SERIES_MAX} onClick={() => set([...series, { event: [], measure: series.at(-1)?.measure ?? "total" }])}>{t("addSeries")}</Button>
      </Part>
      <FormulaPart ask={ask} onChange={onChange} />
      <TrendBreakdown ask={ask} onChange={onChange} />
      <Fold title={t("advanced")} count={ask.moving_average ? 1 : 0}>
        <MovingAverage ask={ask} onChange={onChange} />
      </Fold>
    </>
  );
}

function MeasureFields({ series, field, onChange }: { series: Series; field: string; onChange: (series: Series) => void }) {
  const { t } = useTranslation("insights");
  const measure = series.measure ?? "total";
  const problem = useProblem(`${field}.prop`);
  return (
    <>
      <Select size="xs" aria-label={t("measure")} value={measure} data={MEASURES.map((value) => ({ value: value, label: t(`measures.${value}`) }))}
        onChange={(value) => onChange({ ...series, measure: MEASURES.find((known) => known === value) ?? measure })} />
      {measure === "sum" && <PropertySelect label={t("summed")} placeholder={t("summed")} value={series.prop ?? ""} event={series.event.length === 1 ? series.event[0] : undefined} error={series.prop ? problem : null} onChange={(prop) => onChange({ ...series, prop })} />}
    </>
  );
}

function FormulaPart({ ask, onChange }: Props) {
  const { t } = useTranslation("insights");
  const problem = useProblem("formula");
  // A formula over a single series is seldom meant: it is offered once there are two, or where one is written.
  if (ask.series.length < 2 && !ask.formula) return null;
  const set = (formula: string) => onChange(lean({ ...ask, formula: formula === "" ? undefined : formula }));
  return (
    <Part title={t("formula")}>
      <TextInput aria-label={t("formula")} placeholder="B / A * 100" value={ask.formula ?? ""} error={problem} onChange={(event) => set(event.currentTarget.value.toUpperCase())} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }} />
      {!ask.formula && (
        <Group gap={4}>
          {EXAMPLES.map((example) => <Badge key={example} component="button" type="button" variant="default" style={{ cursor: "pointer" }} onClick={() => set(example)}>{example}</Badge>)}
        </Group>
      )}
    </Part>
  );
}

function TrendBreakdown({ ask, onChange }: Props) {
  const { t } = useTranslation("insights");
  const { breakdown } = ask;
  const problem = useProblem("breakdown.prop");
  const without = { ...ask };
  delete without.breakdown;
  return (
    <Part title={t("breakdown")}>
      <PropertySelect label={t("breakdownBy")} value={breakdown?.prop ?? ""} none={t("nothing")} error={problem}
        onChange={(prop) => onChange(prop === "" ? without : { ...ask, breakdown: { ...breakdown, prop } })} />
      {breakdown && <TopInput value={breakdown.top ?? TREND_TOP.usual} max={TREND_TOP.max} onChange={(top) => onChange({ ...ask, breakdown: { ...breakdown, top } })} />}
    </Part>
  );
}

function MovingAverage({ ask, onChange }: Props) {
  const { t } = useTranslation("insights");
  const problem = useProblem("moving_average");
  const without = { ...ask };
  delete without.moving_average;
  return (
    <NumberInput label={t("movingAverage")} description={t("movingAverageHint")} placeholder={t("off")} value={ask.moving_average ?? ""} min={MOVING_AVERAGE.min} max={MOVING_AVERAGE.max} allowDecimal={false} allowNegative={false} error={problem}
      onChange={(count) => onChange(typeof count === "number" && count >= MOVING_AVERAGE.min ? { ...ask, moving_average: count } : without)} />
  );
}
