import { Modal, NumberInput, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery, sessionQuery } from "../api/queries";
import { FormButtons } from "../components/FormButtons";
import { FormProblem } from "../components/FormProblem";
import { MoneyInput } from "../components/MoneyInput";
import { describeError } from "../components/problem";
import { usersQuery } from "../deals/api";
import { stageName } from "../funnels/document";
import { textFor } from "../localized";
import { teamsQuery } from "../routing/api";
import { saveTarget, TARGETS, type Target, type TargetRequest } from "./api";

type Doc = TargetRequest["target"];
const UNITS = ["deals_won", "value_won", "deals_made", "entered", "calls", "meetings", "tasks"] as const satisfies readonly Doc["unit"][];
const OF_FUNNEL: readonly string[] = ["deals_won", "value_won", "deals_made", "entered"];
const EVERYBODY = "everybody";

/** What somebody is to reach in each period. */
export function TargetForm({ target, onClose }: { target: Target | null; onClose: () => void }) {
  const { t, i18n } = useTranslation(["team", "common"]);
  const queries = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const { data: users } = useQuery(usersQuery);
  const { data: teams } = useQuery(teamsQuery);
  const { data: funnels } = useQuery(funnelViewsQuery);
  const currency = session?.company?.currency ?? "NOK";
  const [who, setWho] = useState(target?.user_id ?? target?.team_id ?? EVERYBODY);
  const [doc, setDoc] = useState<Doc>(target?.target ?? { period: "month", unit: "deals_won", amount: 10 });
  const set = (part: Partial<Doc>) => setDoc((former) => ({ ...former, ...part }));
  const isMoney = doc.unit === "value_won";
  const hasFunnel = OF_FUNNEL.includes(doc.unit);
  const funnel = funnels?.items.find(({ id }) => id === doc.funnel_id);
  const request = (): TargetRequest => ({
    user_id: who.startsWith("usr_") ? who : null,
    team_id: who.startsWith("tea_") ? who : null,
    target: { ...doc, currency: isMoney ? (doc.currency ?? currency) : null, funnel_id: hasFunnel ? (doc.funnel_id ?? null) : null, stage: doc.unit === "entered" ? (doc.stage ?? null) : null },
  });
  const save = useMutation({
    mutationFn: () => saveTarget(target?.id ?? null, request()),
    onSuccess: async () => { await queries.invalidateQueries({ queryKey: TARGETS }); onClose(); },
  });
  const whose = [
    { group: t("targets.all"), items: [{ value: EVERYBODY, label: t("targets.company") }] },
    { group: t("targets.teams"), items: (teams?.items ?? []).map(({ id, name }) => ({ value: id, label: name })) },
    { group: t("targets.people"), items: (users?.items ?? []).filter(({ is_active }) => is_active).map(({ id, name }) => ({ value: id, label: name })) },
  ].filter(({ items }) => items.length > 0);
  return (
    <Modal opened onClose={onClose} title={t(target ? "targets.edit" : "targets.add")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form noValidate onSubmit={(event) => { event.preventDefault(); save.mutate(); }}>
        <Stack gap="md">
          <FormProblem message={save.isError ? describeError(save.error) : null} />
          <Select label={t("targets.whose")} searchable allowDeselect={false} data={whose} value={who} onChange={(next) => next && setWho(next)} data-autofocus />
          <div>
            <Text size="sm" fw={500} mb={4}>{t("targets.period")}</Text>
            <SegmentedControl fullWidth aria-label={t("targets.period")} value={doc.period} data={(["month", "quarter", "year"] as const).map((value) => ({ value, label: t(`targets.per.${value}`) }))} onChange={(period) => set({ period })} />
          </div>
          <Select label={t("targets.unit")} allowDeselect={false} data={UNITS.map((value) => ({ value, label: t(`targets.units.${value}`) }))} value={doc.unit} onChange={(unit) => unit && set({ unit, ...(unit === "entered" ? { funnel_id: doc.funnel_id ?? funnels?.items[0]?.id ?? null } : {}) })} />
          {isMoney ? <MoneyInput label={t("targets.amount")} value={{ minor: doc.amount, currency: doc.currency ?? currency }} onChange={({ minor }) => set({ amount: minor })} />
            : <NumberInput label={t("targets.amount")} min={1} allowDecimal={false} hideControls value={doc.amount} onChange={(amount) => set({ amount: typeof amount === "number" ? amount : 0 })} />}
          {hasFunnel && (doc.unit === "entered" || (funnels?.items.length ?? 0) > 1) && (
            <Select label={t("targets.funnel")} placeholder={t("rules.anyFunnel")} clearable={doc.unit !== "entered"} data={(funnels?.items ?? []).map(({ id, document }) => ({ value: id, label: textFor(document.title, i18n.language) }))} value={doc.funnel_id ?? null} onChange={(funnel_id) => set({ funnel_id, stage: null })} />
          )}
          {doc.unit === "entered" && <Select label={t("targets.stage")} data={(funnel?.document.stages ?? []).map((stage) => ({ value: stage.id, label: stageName(stage, i18n.language) }))} value={doc.stage ?? null} onChange={(stage) => set({ stage })} />}
          <FormButtons onCancel={onClose} isSending={save.isPending} />
        </Stack>
      </form>
    </Modal>
  );
}
