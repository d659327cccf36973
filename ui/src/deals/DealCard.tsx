import { ActionIcon, Anchor, Menu, Tooltip, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { draggable } from "@atlaskit/pragmatic-drag-and-drop/adapter/element-adapter";
import { IconAlertTriangle, IconClock, IconClockExclamation, IconDots, IconLock, IconRubberStamp, IconThumbDown, IconTrophy } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { stageColor } from "../charts/palette";
import { channelName, stageHue, stageName, type FunnelView } from "../funnels/document";
import { useNow } from "../home/useNow";
import { useFormat } from "../i18n";
import type { Deal } from "./api";
import classes from "./Board.module.css";

interface Props {
  deal: Deal;
  funnel: FunnelView;
  isFixed: boolean;
  onOpen: () => void;
  onMove: (stage: string) => void;
  onEnd: (outcome: "won" | "lost") => void;
}

/** Ages are counted in minutes at the least. */
const TICK_MS = 60_000;

export function DealCard({ deal, funnel, isFixed, onOpen, onMove, onEnd }: Props) {
  const { t, i18n } = useTranslation("deals");
  const format = useFormat();
  const now = useNow(TICK_MS);
  const card = useRef<HTMLLIElement>(null);
  const [isDragged, setIsDragged] = useState(false);
  const isMovable = !isFixed && deal.status === "open";
  useEffect(() => {
    const element = card.current;
    if (!element || !isMovable) return undefined;
    return draggable({
      element,
      getInitialData: () => ({ deal: deal.id }),
      onDragStart: () => setIsDragged(true),
      onDrop: () => setIsDragged(false),
    });
  }, [deal.id, isMovable]);
  const age_s = Math.max(0, (now - Date.parse(deal.stage_entered_at)) / 1000);
  const age = format.duration(roughly(age_s));
  return (
    <li ref={card} className={classes["card"]} data-movable={isMovable || undefined} data-dragged={isDragged || undefined} data-status={deal.status}>
      <UnstyledButton className={classes["title"] ?? ""} onClick={onOpen}>{deal.title}</UnstyledButton>
      {isMovable && <MoveMenu deal={deal} funnel={funnel} onMove={onMove} onEnd={onEnd} />}
      {/* Deals that opened by themselves are called like their contact: said once is enough. */}
      {deal.contact_name !== deal.title && <Anchor component={Link} to={`/contacts/${deal.contact_id}`} className={classes["who"] ?? ""} draggable={false}>{deal.contact_name}</Anchor>}
      {deal.value.minor > 0 && <span className={classes["value"]}>{format.money(deal.value)}</span>}
      <GateNote deal={deal} />
      <AnswerNote deal={deal} now={now} />
      <div className={classes["facts"]}>
        {deal.channel ? <span className={classes["channel"]}>{channelName(deal.channel, [funnel], i18n.language)}</span> : <span />}
        {deal.status === "won" ? (
          <span className={classes["age"]}><IconTrophy size={14} stroke={1.5} color="var(--accent)" aria-hidden />{t("status.won")}</span>
        ) : (
          <Tooltip label={t("inStageSince", { date: format.date(deal.stage_entered_at, "datetime") })}>
            <span className={classes["age"]}><IconClock size={14} stroke={1.5} aria-hidden /><VisuallyHidden>{t("inStageFor", { age })}</VisuallyHidden><span aria-hidden>{age}</span></span>
          </Tooltip>
        )}
      </div>
    </li>
  );
}

/** What is in the way of the deal, who is asked to approve it, or that it was won past a shut gate. */
function GateNote({ deal }: { deal: Deal }) {
  const { t } = useTranslation("deals");
  const [first] = deal.won_past;
  if (first) return <span className={classes["note"]} data-kind="past"><IconAlertTriangle size={14} stroke={1.5} aria-hidden /><span>{t("wonPast", { why: first.text })}</span></span>;
  if (deal.approval_asked) return <span className={classes["note"]} data-kind="asked"><IconRubberStamp size={14} stroke={1.5} aria-hidden /><span>{t("asksApproval")}</span></span>;
  if (!deal.held) return null;
  const more = deal.held.count - 1;
  return <span className={classes["note"]}><IconLock size={14} stroke={1.5} aria-hidden /><span>{more > 0 ? t("heldMore", { first: deal.held.text, count: more }) : deal.held.text}</span></span>;
}

/** The first answer is due, or late. */
function AnswerNote({ deal, now }: { deal: Deal; now: number }) {
  const { t } = useTranslation("deals");
  const format = useFormat();
  if (!deal.answer_due_at) return null;
  const isLate = Date.parse(deal.answer_due_at) <= now;
  return <span className={classes["note"]} data-kind={isLate ? "late" : "due"}><IconClockExclamation size={14} stroke={1.5} aria-hidden /><span>{t(isLate ? "answerLate" : "answerDue", { ago: format.ago(deal.answer_due_at, now) })}</span></span>;
}

/** Whole days beyond a day, whole hours beyond an hour: a card says how old, not how late to the minute. */
const roughly = (seconds: number): number => {
  const unit = seconds >= 86_400 ? 86_400 : seconds >= 3600 ? 3600 : 60;
  return Math.max(60, Math.floor(seconds / unit) * unit);
};

/** What dragging does, by keyboard and by finger. */
export function MoveMenu({ deal, funnel, onMove, onEnd }: Pick<Props, "deal" | "funnel" | "onMove" | "onEnd">) {
  const { t, i18n } = useTranslation("deals");
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon className={classes["menu"] ?? ""} size={26} aria-label={t("moveDeal", { title: deal.title })}><IconDots size={16} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("moveTo")}</Menu.Label>
        {funnel.document.stages.map((stage, index) => (
          <Menu.Item key={stage.id} disabled={stage.id === deal.stage} onClick={() => onMove(stage.id)}
            leftSection={<span style={{ display: "block", width: 8, height: 8, borderRadius: 3, background: stageColor(stageHue(stage, index)) }} aria-hidden />}>
            {stageName(stage, i18n.language)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconTrophy size={16} stroke={1.5} />} onClick={() => onEnd("won")}>{t("win")}</Menu.Item>
        <Menu.Item leftSection={<IconThumbDown size={16} stroke={1.5} />} onClick={() => onEnd("lost")}>{t("lose")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
