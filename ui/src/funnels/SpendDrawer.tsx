import "@mantine/dates/styles.css";
import "dayjs/locale/da";
import "dayjs/locale/en-gb";
import "dayjs/locale/fi";
import "dayjs/locale/nb";
import "dayjs/locale/sv";
import { ActionIcon, Button, Drawer, Select, Skeleton, Stack, Text, TextInput, Title } from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import { IconCoins, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../api/queries";
import type { Money } from "../api/types";
import { EmptyState } from "../components/EmptyState";
import { FormProblem } from "../components/FormProblem";
import { MoneyInput } from "../components/MoneyInput";
import { toastDone, toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { useApiForm } from "../components/useApiForm";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { channelName } from "./document";
import classes from "./FunnelReport.module.css";
import { latestSpendQuery, removeSpend, SPEND_KEY, writeSpend, type Spend } from "./spend";

/** Channels that most companies have besides those that their funnels name. */
const COMMON_CHANNELS = ["google-ads", "meta-ads", "linkedin-ads", "newsletter", "organic", "social", "referral"];

interface Props {
  /** `YYYY-MM-DD` in the company's zone. */
  today: string;
  currency: string;
  onClose: () => void;
}

/** What channels cost: written down by day, and what was written down last. */
export default function SpendDrawer({ today, currency, onClose }: Props) {
  const { t } = useTranslation(["funnels", "common"]);
  const may = useMay();
  return (
    <Drawer opened onClose={onClose} size={480} title={<Text fw={600}>{t("spend.drawer.title")}</Text>} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <Stack gap={32}>
        {may("spend.write") && <EntryForm today={today} currency={currency} />}
        <Latest />
      </Stack>
    </Drawer>
  );
}

function useChannelNames() {
  const { i18n } = useTranslation();
  const { data } = useQuery(funnelViewsQuery);
  const funnels = data?.items ?? [];
  const own = funnels.flatMap(({ document }) => (document.channels ?? []).map(({ id }) => id));
  return { ids: [...new Set([...own, ...COMMON_CHANNELS])], nameOf: (id: string) => channelName(id, funnels, i18n.language) };
}

interface Entry extends Record<string, unknown> {
  channel: string;
  day: [string | null, string | null];
  amount: Money;
  campaign: string;
  note: string;
}

function EntryForm({ today, currency }: { today: string; currency: string }) {
  const { t, i18n } = useTranslation("funnels");
  const queries = useQueryClient();
  const { ids, nameOf } = useChannelNames();
  const { form, onSubmit, isSending, problem } = useApiForm<Entry, { saved: number }>(
    {
      mode: "controlled",
      initialValues: { channel: "", day: [today, today], amount: { minor: 0, currency }, campaign: "", note: "" },
      validate: { channel: (channel) => (channel ? null : t("spend.drawer.missing")), day: ([first]) => (first ? null : t("spend.drawer.dayMissing")) },
    },
    ({ day: [first, last], ...rest }) => writeSpend({ ...rest, day: first ?? today, ...(last && last !== first ? { until: last } : {}) }),
    async ({ saved }, done) => {
      toastDone(t("spend.drawer.saved", { count: saved }));
      done.setFieldValue("amount", { minor: 0, currency });
      await queries.invalidateQueries({ queryKey: SPEND_KEY });
    },
  );
  return (
    <form onSubmit={onSubmit} noValidate>
      <Stack gap="md">
        <Text size="sm" c="dimmed">{t("spend.drawer.hint")}</Text>
        <FormProblem message={problem} />
        <Select label={t("spend.channel")} searchable data={ids.map((id) => ({ value: id, label: nameOf(id) }))} {...form.getInputProps("channel")} />
        <DatePickerInput type="range" allowSingleDateInRange label={t("spend.drawer.days")} description={t("spend.drawer.daysHint")} valueFormat="D MMM YYYY"
          locale={i18n.language === "en" ? "en-gb" : i18n.language} firstDayOfWeek={1} hideOutsideDates weekendDays={[]} {...form.getInputProps("day")} />
        <MoneyInput label={t("spend.drawer.amount")} value={form.getValues().amount} onChange={(amount) => form.setFieldValue("amount", amount)} error={form.errors["amount"]} />
        <TextInput label={t("spend.drawer.campaign")} description={t("spend.drawer.campaignHint")} maxLength={200} {...form.getInputProps("campaign")} />
        <TextInput label={t("spend.drawer.note")} maxLength={500} {...form.getInputProps("note")} />
        <Button type="submit" loading={isSending}>{t("spend.drawer.save")}</Button>
      </Stack>
    </form>
  );
}

function Latest() {
  const { t } = useTranslation("funnels");
  const latest = useQuery(latestSpendQuery);
  return (
    <section aria-label={t("spend.drawer.latest")}>
      <Title order={2} size="h3" mb="xs">{t("spend.drawer.latest")}</Title>
      {latest.isError ? (
        <QueryProblem error={latest.error} onRetry={() => void latest.refetch()} />
      ) : !latest.data ? (
        <Skeleton height={200} radius="md" />
      ) : latest.data.items.length === 0 ? (
        <EmptyState isCompact icon={IconCoins} title={t("spend.drawer.empty")} hint={t("spend.drawer.emptyHint")} />
      ) : (
        <ul className={classes["amounts"]}>{latest.data.items.map((row) => <AmountRow key={row.id} row={row} />)}</ul>
      )}
    </section>
  );
}

function AmountRow({ row }: { row: Spend }) {
  const { t } = useTranslation("funnels");
  const format = useFormat();
  const may = useMay();
  const queries = useQueryClient();
  const { nameOf } = useChannelNames();
  const remove = useMutation({
    mutationFn: () => removeSpend(row.id),
    onError: toastError,
    onSuccess: async () => {
      toastDone(t("spend.drawer.removed"));
      await queries.invalidateQueries({ queryKey: SPEND_KEY });
    },
  });
  const [channel, day, amount] = [nameOf(row.channel), format.date(`${row.day}T12:00:00Z`), format.money(row.amount)];
  return (
    <li className={classes["amount"]}>
      <div>
        <Text size="sm" fw={550}>{channel}</Text>
        <Text size="xs" c="dimmed">{[day, row.campaign, row.note].filter(Boolean).join(" · ")}</Text>
      </div>
      <Text size="sm" className={classes["sum"] ?? ""}>{amount}</Text>
      {may("spend.write") && (
        <ActionIcon variant="subtle" color="gray" size="lg" loading={remove.isPending} aria-label={t("spend.drawer.remove", { amount, channel, day })} onClick={() => remove.mutate()}>
          <IconTrash size={18} stroke={1.5} />
        </ActionIcon>
      )}
    </li>
  );
}
