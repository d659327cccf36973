import { Alert, Anchor, Button, Drawer, Group, Skeleton, Stack, Text, Title, Tooltip, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertTriangle, IconArrowRight, IconPencil, IconPlus, IconRotate, IconThumbDown, IconTrophy } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { stageColor } from "../charts/palette";
import { QueryProblem } from "../components/QueryProblem";
import { channelName, stageHue, stageName, type FunnelView } from "../funnels/document";
import { eventName, useFormat } from "../i18n";
import { DealAssignments } from "../routing/DealAssignments";
import { useMay } from "../session/useMay";
import { dealQuery, usersQuery, type DealChange, type DealDetail } from "./api";
import classes from "./DealDrawer.module.css";
import { StageLabel, StageName } from "./StageLabel";
import { DealFields, GateDrawer, WayForward } from "./gates/lazy";
import { ShutGate } from "./gates/ShutGate";
import { useDealChanges, usePendingChanges, type DealRequest } from "./useDealChanges";

const CloseDeal = lazy(() => import("./CloseDeal"));
const DealWork = lazy(() => import("../activities/DealWork"));
const DealForm = lazy(() => import("./DealForm"));

interface Props {
  id: string;
  funnels: readonly FunnelView[];
  onClose: () => void;
}

/** One deal beside the board: what it is, where it stands, and how it came there. */
export default function DealDrawer({ id, funnels, onClose }: Props) {
  const { t } = useTranslation(["deals", "common"]);
  const answer = useQuery(dealQuery(id));
  const deal = answer.data;
  const funnel = funnels.find((known) => known.id === deal?.funnel_id);
  return (
    <Drawer opened onClose={onClose} size={480} closeButtonProps={{ "aria-label": t("common:actions.close") }} title={<Text component="span" fw={600}>{deal?.title ?? t("deal")}</Text>}>
      {answer.isError && !deal ? (
        <QueryProblem error={answer.error} onRetry={() => void answer.refetch()} />
      ) : !deal ? (
        <Stack gap="md">{[40, 120, 200].map((height) => <Skeleton key={height} height={height} radius="md" />)}</Stack>
      ) : (
        <Stack gap="lg">
          <Stages deal={deal} funnel={funnel} />
          <Ahead deal={deal} />
          <Facts deal={deal} funnels={funnels} />
          <Suspense><DealFields deal={deal} document={funnel?.document} /></Suspense>
          <Suspense fallback={<Skeleton height={160} radius="md" />}><DealWork deal={deal} /></Suspense>
          <DealAssignments deal={deal} />
          <section aria-label={t("history")}>
            <Title order={3} size="h4" mb="xs">{t("history")}</Title>
            <History deal={deal} funnel={funnel} />
          </section>
        </Stack>
      )}
    </Drawer>
  );
}

/** The stages in a row: those behind it are filled, a click puts the deal there. And how it may end. */
function Stages({ deal, funnel }: { deal: DealDetail; funnel: FunnelView | undefined }) {
  const { t, i18n } = useTranslation("deals");
  const may = useMay();
  const [shut, setShut] = useState<DealRequest | null>(null);
  const changes = useDealChanges(funnel?.document, setShut);
  const pending = usePendingChanges().findLast((change) => change.deal === deal.id && change.kind === "move");
  const [closing, setClosing] = useState<"won" | "lost" | null>(null);
  const stages = funnel?.document.stages ?? [];
  const at = stages.findIndex(({ id }) => id === (pending?.kind === "move" ? pending.stage : deal.stage));
  const isFixed = !may("deals.write") || deal.status !== "open";
  return (
    <section aria-label={t("stage")}>
      <div className={classes["stages"]}>
        {stages.map((stage, index) => {
          const name = stageName(stage, i18n.language);
          return (
            <Tooltip key={stage.id} label={name}>
              <UnstyledButton className={classes["step"] ?? ""} aria-label={t("moveToStage", { stage: name })} aria-current={index === at ? "step" : undefined} data-done={index <= at || undefined} disabled={isFixed || index === at}
                style={{ "--hue": stageColor(stageHue(stage, index)) }} onClick={() => changes.mutate({ kind: "move", deal: deal.id, stage: stage.id, former: deal })} />
            </Tooltip>
          );
        })}
      </div>
      <Group justify="space-between" mt={8} wrap="nowrap">
        <StageLabel deal={{ ...deal, stage: stages[at]?.id ?? deal.stage }} funnels={funnel ? [funnel] : []} />
        {may("deals.write") && (
          <Group gap={8} wrap="nowrap">
            {deal.status === "open" ? (
              <>
                <Button size="sm" variant="default" leftSection={<IconThumbDown size={16} stroke={1.5} />} onClick={() => setClosing("lost")}>{t("lose")}</Button>
                <Button size="sm" leftSection={<IconTrophy size={16} stroke={1.5} />} onClick={() => setClosing("won")}>{t("win")}</Button>
              </>
            ) : (
              <Button size="sm" variant="default" loading={changes.isPending} leftSection={<IconRotate size={16} stroke={1.5} />} onClick={() => changes.mutate({ kind: "reopen", deal: deal.id })}>{t("reopen")}</Button>
            )}
          </Group>
        )}
      </Group>
      <Suspense>
        {shut && <ShutGate request={shut} deal={deal} document={funnel?.document} onClose={() => setShut(null)} />}
        {closing && (
          <CloseDeal deal={deal} outcome={closing} onClose={() => setClosing(null)}
            onConfirm={(reason) => { changes.mutate({ kind: "close", deal: deal.id, outcome: closing, reason, former: deal }); setClosing(null); }} />
        )}
      </Suspense>
    </section>
  );
}

/** What the coming stages ask for; a stage opens the drawer in which it can be filled in. */
function Ahead({ deal }: { deal: DealDetail }) {
  const { t } = useTranslation("deals");
  const [stage, setStage] = useState<string | null>(null);
  return (
    <>
      {deal.won_past.length > 0 && <Alert color="orange" icon={<IconAlertTriangle size={18} />} title={t("wonPastTitle")}>{deal.won_past.map(({ text }) => text).join(" ")}</Alert>}
      <Suspense>
        {deal.status === "open" && <WayForward deal={deal} onOpen={setStage} />}
        {stage !== null && <GateDrawer key={stage} deal={deal} stage={stage} onClose={() => setStage(null)} />}
      </Suspense>
    </>
  );
}

function Facts({ deal, funnels }: { deal: DealDetail; funnels: readonly FunnelView[] }) {
  const { t, i18n } = useTranslation(["deals", "common"]);
  const format = useFormat();
  const may = useMay();
  const { data: users } = useQuery(usersQuery);
  const [isEditing, editing] = useDisclosure(false);
  const owner = users?.items.find(({ id }) => id === deal.owner_id)?.name ?? (deal.owner_id ? "…" : t("nobody"));
  return (
    <section aria-label={t("facts")}>
      <dl className={classes["facts"]}>
        <div><dt>{t("contact")}</dt><dd><Anchor component={Link} to={`/contacts/${deal.contact_id}`} size="sm" fw={550}>{deal.contact_name}</Anchor></dd></div>
        <div><dt>{t("value")}</dt><dd className="figures">{deal.value.minor > 0 ? format.money(deal.value) : t("unknownValue")}</dd></div>
        {deal.discount !== null && <div><dt>{t("discount")}</dt><dd className="figures">{format.percent(deal.discount / 100)}</dd></div>}
        <div><dt>{t("owner")}</dt><dd>{owner}</dd></div>
        {deal.channel && <div><dt>{t("channel")}</dt><dd>{channelName(deal.channel, funnels, i18n.language)}</dd></div>}
        <div><dt>{t("created")}</dt><dd>{format.date(deal.created_at, "datetime")}</dd></div>
        {deal.closed_at && <div><dt>{t("closed")}</dt><dd>{format.date(deal.closed_at, "datetime")}</dd></div>}
        {deal.status !== "open" && deal.reason && <div><dt>{t("reason")}</dt><dd>{eventName(deal.reason)}</dd></div>}
        {deal.order_id && <div><dt>{t("wonBy")}</dt><dd><Anchor component={Link} to={`/orders/${deal.order_id}`} size="sm">{t("openOrder")}</Anchor></dd></div>}
      </dl>
      {may("deals.write") && <Button mt="sm" variant="default" size="sm" leftSection={<IconPencil size={16} stroke={1.5} />} onClick={editing.open}>{t("editDeal")}</Button>}
      <Suspense>{isEditing && <DealForm deal={deal} onClose={editing.close} />}</Suspense>
    </section>
  );
}

function History({ deal, funnel }: { deal: DealDetail; funnel: FunnelView | undefined }) {
  return <ol className={classes["history"]}>{deal.history.map((change, index) => <Change key={index} change={change} funnel={funnel} />)}</ol>;
}

/** What a change of a deal did, told from how it stood before and after. */
function kindOf(change: DealChange): "created" | "moved" | "won" | "lost" | "reopened" | "changed" {
  if (change.from_stage === null) return "created";
  if (change.status !== "open") return change.status;
  return change.from_stage === change.stage ? "reopened" : "moved";
}

function Change({ change, funnel }: { change: DealChange; funnel: FunnelView | undefined }) {
  const { t } = useTranslation(["deals", "common"]);
  const format = useFormat();
  const { data: users } = useQuery(usersQuery);
  const kind = kindOf(change);
  const Icon = { created: IconPlus, moved: IconArrowRight, won: IconTrophy, lost: IconThumbDown, reopened: IconRotate, changed: IconPencil }[kind];
  const who = change.actor === "system" ? t("byItself") : (users?.items.find(({ id }) => id === change.actor)?.name ?? (change.actor.startsWith("key_") ? t("byProgram") : t("bySomebody")));
  const stages = funnel?.document.stages ?? [];
  const index = stages.findIndex(({ id }) => id === change.stage);
  return (
    <li>
      <Icon size={16} stroke={1.5} aria-hidden />
      <div>
        <Text component="div" size="sm">
          {t(`changes.${kind}`)} {(kind === "moved" || kind === "created") && <StageName stage={stages[index]} index={index} id={change.stage} />}
        </Text>
        {change.reason && <Text component="div" size="xs" c="dimmed">{change.actor === "system" ? t("because", { event: eventName(change.reason) }) : t("common:quoted", { text: change.reason })}</Text>}
        {change.overridden.length > 0 && <Text component="div" size="xs" c="dimmed">{t("letPass", { what: change.overridden.map(({ text }) => text).join(" ") })}</Text>}
        <Text component="div" size="xs" c="dimmed"><time dateTime={change.at}>{format.date(change.at, "datetime")}</time> · {who}</Text>
      </div>
    </li>
  );
}
