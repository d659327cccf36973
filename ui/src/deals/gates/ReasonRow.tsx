import { Anchor, Button, Text } from "@mantine/core";
import { IconArrowForwardUp, IconCalendarEvent, IconClock, IconForms, IconLock, IconRubberStamp, IconShieldCheck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "../../session/useMay";
import type { Deal } from "../api";
import { FieldInput } from "./FieldInput";
import { isField, isWritable, type GateReason, type Written } from "./fields";
import classes from "./Gates.module.css";

interface Props {
  told: GateReason;
  deal: Deal;
  /** Whether the reader may write at all. */
  isFixed: boolean;
  written: Written;
  onWrite: (field: string, value: unknown) => void;
  /** Goes to another stage first. */
  onGo: (stage: string) => void;
  /** Writes down that a meeting was held. */
  onHeld: () => void;
}

/** What a meeting tells that was held: the one evidence that a salesperson writes down. */
const MEETING_HELD = "Meeting Held";

const ICONS = {
  field_missing: IconForms,
  field_wrong: IconForms,
  event_missing: IconCalendarEvent,
  consent_missing: IconShieldCheck,
  skipping: IconArrowForwardUp,
  too_early: IconClock,
  overdue: IconClock,
  approval_missing: IconRubberStamp,
} as const;

/** One thing in the way, and what can be done about it right here. */
export function ReasonRow({ told, deal, isFixed, written, onWrite, onGo, onHeld }: Props) {
  const { t } = useTranslation("gates");
  const may = useMay();
  const { reason } = told;
  const Icon = reason.kind in ICONS ? ICONS[reason.kind as keyof typeof ICONS] : IconLock;
  const canWrite = isField(reason) && !isFixed && isWritable(reason.field);
  return (
    <li className={classes["reason"]}>
      <Icon size={18} stroke={1.5} aria-hidden />
      <div className={classes["what"]}>
        {/* What is empty says so by being there to be filled in. */}
        {!(canWrite && reason.kind === "field_missing") && <Text component="div" size="sm" fw={550}>{told.text}</Text>}
        {canWrite && <FieldInput reason={reason} label={told.field_name ?? reason.field} deal={deal} value={written[reason.field] ?? (reason.kind === "field_wrong" ? reason.value : undefined)} onChange={(value) => onWrite(reason.field, value)} />}
        {reason.kind === "event_missing" && (
          <Text component="div" size="xs" c="dimmed">{reason.needed > 1 ? t("eventTimes", { times: reason.times, needed: reason.needed }) : t("eventHint")}</Text>
        )}
        {reason.kind === "event_missing" && reason.event === MEETING_HELD && !isFixed && may("activities.write") && <div><Button size="sm" variant="default" onClick={onHeld}>{t("meetingHeld")}</Button></div>}
        {reason.kind === "consent_missing" && (
          <Text component="div" size="xs" c="dimmed">{t("consentHint")} <Anchor component={Link} to={`/contacts/${deal.contact_id}`} size="xs">{t("openContact")}</Anchor></Text>
        )}
        {reason.kind === "too_early" && <Text component="div" size="xs" c="dimmed">{t("timeHint")}</Text>}
        {reason.kind === "skipping" && !isFixed && reason.through[0] !== undefined && (
          <div><Button size="sm" variant="default" onClick={() => onGo(reason.through[0] ?? "")}>{t("goThere")}</Button></div>
        )}
        {reason.kind === "approval_missing" && reason.four_eyes && <Text component="div" size="xs" c="dimmed">{t("fourEyesHint")}</Text>}
      </div>
    </li>
  );
}
