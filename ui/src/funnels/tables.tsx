import { Button, Table, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "@tanstack/react-query";
import { funnelViewsQuery } from "../api/queries";
import type { FunnelAnswer, PickKind } from "../api/types";
import { stageColor } from "../charts/palette";
import { useFormat } from "../i18n";
import { propertyName } from "./BreakdownControls";
import { channelName } from "./document";
import classes from "./FunnelReport.module.css";

/** Values shown before "show more". */
const VALUES_SHOWN = 20;

type OnPick = (step: number, kind: PickKind, value?: string) => void;

interface NumberProps {
  count: number;
  label: string;
  onClick: () => void;
}

function PeopleNumber({ count, label, onClick }: NumberProps) {
  const format = useFormat();
  if (count === 0) return <>{format.integer(0)}</>;
  return <button type="button" className="number-button" aria-label={label} onClick={onClick}>{format.integer(count)}</button>;
}

function Former({ count, step, onClick }: { count: number; step: string; onClick: (() => void) | undefined }) {
  const { t } = useTranslation("common");
  const format = useFormat();
  if (!onClick) return <>{format.integer(count)}</>;
  return <PeopleNumber count={count} onClick={onClick} label={`${t("chart.before")}: ${t("chart.showReached", { step, shown: format.integer(count) })}`} />;
}

interface StepTableProps {
  answer: FunnelAnswer;
  compared: FunnelAnswer | undefined;
  names: readonly string[];
  onPick: OnPick;
  /** Shows the people of the period compared with. */
  onPickFormer?: ((step: number) => void) | undefined;
}

/** Every figure of every step. */
export function StepTable({ answer, compared, names, onPick, onPickFormer }: StepTableProps) {
  const { t } = useTranslation("common");
  const format = useFormat();
  const hasValue = answer.steps.some(({ value_sum }) => value_sum !== undefined);
  const heads = [t("chart.people"), ...(compared ? [t("chart.before")] : []), t("chart.fromPrevious"), t("chart.likely"), t("chart.fromFirst"), t("chart.dropped"), t("chart.medianTime"), t("chart.averageTime"), ...(hasValue ? [t("chart.valueSum"), t("chart.valueMean")] : [])];
  return (
    <div className={classes["scroll"]} tabIndex={0} role="region" aria-label={t("chart.tableCaption")}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("chart.step")}</Table.Th>
            {heads.map((head) => <Table.Th key={head} ta="right">{head}</Table.Th>)}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {answer.steps.map((step, index) => {
            const name = names[index] ?? step.name;
            const texts = { step: name, shown: format.integer(step.count) };
            const dropped = { step: name, shown: format.integer(step.dropped) };
            return (
              <Table.Tr key={index}>
                <Table.Th scope="row"><span className={classes["stageName"]}><i className={classes["dot"]} style={{ background: stageColor(index) }} />{name}</span></Table.Th>
                <Table.Td ta="right"><PeopleNumber count={step.count} label={t("chart.showReached", texts)} onClick={() => onPick(index, "converted")} /></Table.Td>
                {compared && <Table.Td ta="right" c="dimmed"><Former count={compared.counts[index] ?? 0} step={name} onClick={onPickFormer && (() => onPickFormer(index))} /></Table.Td>}
                <Table.Td ta="right">{index === 0 ? "–" : format.percent(step.conversion_from_prev, 1)}</Table.Td>
                <Table.Td ta="right" c="dimmed">{index === 0 || step.count + step.dropped === 0 ? "–" : t("chart.range", { low: format.percent(step.ci_low, 1), high: format.percent(step.ci_high, 1) })}</Table.Td>
                <Table.Td ta="right">{format.percent(step.conversion_from_first, 1)}</Table.Td>
                <Table.Td ta="right">{index === 0 ? "–" : <PeopleNumber count={step.dropped} label={t("chart.showDropped", dropped)} onClick={() => onPick(index, "dropped")} />}</Table.Td>
                <Table.Td ta="right">{format.duration(step.median_s)}</Table.Td>
                <Table.Td ta="right">{format.duration(step.avg_s)}</Table.Td>
                {hasValue && <Table.Td ta="right">{format.decimal(step.value_sum ?? 0)}</Table.Td>}
                {hasValue && <Table.Td ta="right">{step.value_mean === null || step.value_mean === undefined ? "–" : format.decimal(step.value_mean)}</Table.Td>}
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </div>
  );
}

interface BreakdownTableProps {
  answer: FunnelAnswer;
  breakdown: Record<string, number[]>;
  /** The property. */
  by: string;
  /** The second property, where the values are pairs. */
  and?: string | undefined;
  names: readonly string[];
  onPick: OnPick;
  compared?: FunnelAnswer | undefined;
}

/** The values of two properties, which the API writes as the text of a JSON list. */
export const pairOf = (value: string): string[] => (value.startsWith("[") ? (JSON.parse(value) as string[]) : [value]);

/** One row per value of the property, the largest first. */
export function BreakdownTable({ answer, breakdown, by, and, names, onPick, compared }: BreakdownTableProps) {
  const { t, i18n } = useTranslation(["funnels", "common"]);
  const format = useFormat();
  const [showsAll, setShowsAll] = useState(false);
  const property = [by, ...(and === undefined ? [] : [and])].map(propertyName).join(" · ");
  const rows = Object.entries(breakdown).sort(([, a], [, b]) => (b[0] ?? 0) - (a[0] ?? 0));
  const { data: funnels } = useQuery(funnelViewsQuery);
  const ownName = (prop: string, value: string) => (value === "" ? t("noValue") : prop === "channel" ? channelName(value, funnels?.items ?? [], i18n.language) : value);
  const nameOf = (value: string) => (and === undefined ? ownName(by, value) : pairOf(value).map((one, index) => ownName(index === 0 ? by : and, one)).join(" · "));
  const shown = showsAll ? rows : rows.slice(0, VALUES_SHOWN);
  const share = (counts: readonly number[]) => (counts[0] ? (counts.at(-1) ?? 0) / counts[0] : null);
  const best = Math.max(...rows.map(([, counts]) => share(counts) ?? 0), share(answer.counts) ?? 0);
  const row = (key: string, label: string, counts: readonly number[], former: readonly number[] | undefined, value?: string) => (
    <Table.Tr key={key} fw={value === undefined ? 600 : undefined}>
      <Table.Th scope="row">{label}</Table.Th>
      {names.map((name, index) => {
        const count = counts[index] ?? 0;
        return (
          <Table.Td key={index} ta="right">
            <PeopleNumber count={count} onClick={() => onPick(index, "converted", value)}
              label={`${t("common:chart.showReached", { step: name, shown: format.integer(count) })} (${label})`} />
          </Table.Td>
        );
      })}
      <Table.Td ta="right">
        {format.percent(share(counts), 1)}
        {former && <span className={classes["formerly"]}>{t("common:chart.beforeValue", { value: format.percent(share(former), 1) })}</span>}
        <span className={classes["bar"]} aria-hidden><i style={{ width: `${best > 0 ? ((share(counts) ?? 0) / best) * 100 : 0}%` }} /></span>
      </Table.Td>
    </Table.Tr>
  );
  return (
    <section>
      <Title order={2} mb="xs">{t("breakdown", { property: property.toLowerCase() })}</Title>
      <div className={classes["scroll"]} tabIndex={0} role="region" aria-label={t("breakdown", { property })}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{property}</Table.Th>
              {names.map((name, index) => (
                <Table.Th key={index} ta="right"><span className={classes["stageName"]}><i className={classes["dot"]} style={{ background: stageColor(index) }} />{name}</span></Table.Th>
              ))}
              <Table.Th ta="right">{t("conversion")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {row("", t("allValues"), answer.counts, compared?.counts)}
            {shown.map(([value, counts]) => row(`=${value}`, nameOf(value), counts, compared && (compared.breakdown?.[value] ?? []), value))}
          </Table.Tbody>
        </Table>
      </div>
      {shown.length < rows.length && <Button variant="default" mt="sm" onClick={() => setShowsAll(true)}>{t("common:actions.showMore")}</Button>}
    </section>
  );
}
