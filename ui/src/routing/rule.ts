import type { Rule, RuleDraft } from "./api";

/** A rule to begin with. */
export const emptyRule = (): RuleDraft => ({
  name: "",
  is_active: true,
  funnel_id: null,
  stage: null,
  condition: null,
  choose_by: "turns",
  team_id: null,
  people: [],
  deals_max: null,
  in_hours: true,
  nobody_there: "wait",
  fallback_id: null,
  answer: null,
});

/** What of a rule is written; the rest the server keeps. */
export function draftOf(rule: Rule): RuleDraft {
  const draft: Partial<Rule> = { ...rule };
  delete draft.id;
  delete draft.version;
  delete draft.updated_at;
  return { ...emptyRule(), ...draft };
}

/** A rule as it can be sent: what does not go together is left out, so that turning a switch never leaves a remnant. */
export function settled(draft: RuleDraft): RuleDraft {
  const one = draft.choose_by === "person";
  return {
    ...draft,
    name: draft.name.trim(),
    stage: draft.funnel_id ? (draft.stage ?? null) : null,
    team_id: one ? null : (draft.team_id ?? null),
    people: one ? (draft.people ?? []).slice(0, 1) : (draft.people ?? []),
    fallback_id: draft.nobody_there === "fallback" ? (draft.fallback_id ?? null) : null,
    answer: draft.answer ? { ...draft.answer, tell_head_after_minutes: draft.answer.tell_head_after_minutes ?? null } : null,
  };
}

/** Whether enough is said for the rule to be tried. */
export const isTryable = (draft: RuleDraft): boolean => {
  const rule = settled(draft);
  const hasPeople = (rule.people ?? []).length > 0 || Boolean(rule.team_id);
  return hasPeople && (rule.nobody_there !== "fallback" || Boolean(rule.fallback_id));
};

/** Minutes as people give them: whole hours where they are. */
export const minutesAs = (minutes: number): { amount: number; unit: "minutes" | "hours" } =>
  minutes >= 60 && minutes % 60 === 0 ? { amount: minutes / 60, unit: "hours" } : { amount: minutes, unit: "minutes" };
