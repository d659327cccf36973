import { ActionIcon, Autocomplete, Button, Group, Select, Stack, Text } from "@mantine/core";
import { IconArrowBackUp, IconArrowDown, IconArrowUp, IconPlus, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Funnel } from "../api/types";
import { stageColor } from "../charts/palette";
import events from "../locales/en/events.json";
import classes from "./FunnelReport.module.css";
import { ORDERS, STEPS_MAX, STEPS_MIN, stepText, stepTexts, WINDOW_DEFAULT_S, WINDOWS, type ReportSearch } from "./reportState";

interface Props {
  search: ReportSearch;
  funnel: Funnel | undefined;
  funnels: readonly Funnel[];
  onChange: (next: Partial<ReportSearch>) => void;
}

/** Which events, in which order, how soon. Written straight into the address. */
export function StepsBuilder({ search, funnel, funnels, onChange }: Props) {
  const { t } = useTranslation("funnels");
  const written = stepTexts(search, funnel);
  const steps = written.length >= STEPS_MIN ? written : [...written, ...Array<string>(STEPS_MIN - written.length).fill("")];
  const set = (next: string[]) => onChange({ steps: next });
  const names = [...new Set([...funnels.flatMap(({ stages }) => stages.map((stage) => stepText(stage.event))), ...Object.keys(events)])];

  function move(index: number, by: 1 | -1) {
    const next = [...steps];
    const [step] = next.splice(index, 1);
    next.splice(index + by, 0, step ?? "");
    set(next);
  }

  return (
    <section className={classes["builder"]} aria-label={t("steps")}>
      <div>
        <ol className={classes["steps"]}>
          {steps.map((step, index) => {
            const number = index + 1;
            return (
              <li key={index} className={classes["stepRow"]}>
                <span className={classes["stepNumber"]} style={{ background: stageColor(index) }} aria-hidden>{number}</span>
                <Autocomplete aria-label={t("step", { number })} placeholder={t("eventPlaceholder")} data={names} value={step} limit={30}
                  onChange={(value) => set(steps.with(index, value))} />
                <span className={classes["stepTools"]}>
                  <ActionIcon aria-label={t("moveUp", { number })} disabled={index === 0} onClick={() => move(index, -1)}><IconArrowUp size={18} stroke={1.5} /></ActionIcon>
                  <ActionIcon aria-label={t("moveDown", { number })} disabled={index === steps.length - 1} onClick={() => move(index, 1)}><IconArrowDown size={18} stroke={1.5} /></ActionIcon>
                  <ActionIcon aria-label={t("removeStep", { number })} disabled={steps.length <= STEPS_MIN} onClick={() => set(steps.toSpliced(index, 1))}><IconX size={18} stroke={1.5} /></ActionIcon>
                </span>
              </li>
            );
          })}
        </ol>
        <Group mt="sm" gap="xs" pl={32}>
          <Button variant="light" size="compact-md" leftSection={<IconPlus size={16} />} disabled={steps.length >= STEPS_MAX} onClick={() => set([...steps, ""])}>{t("addStep")}</Button>
          {search.steps && funnel && (
            <Button variant="subtle" color="gray" size="compact-md" leftSection={<IconArrowBackUp size={16} />} onClick={() => onChange({ steps: undefined })}>{t("resetSteps")}</Button>
          )}
        </Group>
      </div>
      <Stack gap="md">
        <Select label={t("order")} value={search.order ?? "ordered"} data={ORDERS.map((value) => ({ value: value, label: t(`orders.${value}`) }))}
          onChange={(value) => onChange({ order: ORDERS.find((known) => known === value) })} />
        <Select label={t("window")} value={String(search.window ?? WINDOW_DEFAULT_S)} onChange={(value) => onChange({ window: Number(value) })}
          data={Object.entries(WINDOWS).map(([name, seconds]) => ({ value: String(seconds), label: t(`windows.${name as keyof typeof WINDOWS}`) }))} />
        <Text size="xs" c="dimmed">{t("alternativesHint")}</Text>
      </Stack>
    </section>
  );
}
