import { IconCalendarEvent, IconChecklist, IconMail, IconNote, IconPaperclip, IconPhone, type Icon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { textFor } from "../localized";
import { activitySettingsQuery, type Activity, type ActivityKind } from "./api";

export const KIND_ICONS: Record<ActivityKind, Icon> = { note: IconNote, call: IconPhone, meeting: IconCalendarEvent, task: IconChecklist, file: IconPaperclip, email: IconMail };

/** The outcomes that every installation has; companies add their own. */
export const OUTCOMES = ["reached", "no_answer", "left_message", "wrong_number"] as const;
type Known = (typeof OUTCOMES)[number];

/** Outcomes of calls with their names, in the order in which they are offered. */
export function useOutcomes(): { id: string; name: string }[] {
  const { t, i18n } = useTranslation("activities");
  const { data } = useQuery(activitySettingsQuery);
  const known = OUTCOMES.map((id: Known) => ({ id, name: t(`outcomes.${id}`) }));
  return [...known, ...(data?.call_outcomes ?? []).map(({ id, name }) => ({ id, name: textFor(name, i18n.language) || id }))];
}

/** What an activity is called in a list, when it was given no title. */
export function useHeading(): (activity: Activity) => string {
  const { t } = useTranslation("activities");
  const outcomes = useOutcomes();
  return (activity) => {
    const { kind, title, outcome, details } = activity;
    if (kind === "call") {
      const ended = outcomes.find(({ id }) => id === outcome)?.name ?? outcome;
      return t(details.direction === "inbound" ? "calledIn" : "calledOut", { outcome: ended });
    }
    if (kind === "meeting") {
      const name = title || t("kinds.meeting");
      return outcome === "" ? name : t("meetingEnded", { title: name, outcome: t(`meetingOutcomes.${outcome as "held"}`) });
    }
    return title || t(`kinds.${kind}`);
  };
}
