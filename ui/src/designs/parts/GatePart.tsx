import { Checkbox, MultiSelect, NumberInput, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import classes from "../Designs.module.css";
import { ChoiceField, EventField, LocalizedField, RateField, Rows, SpanField, useWriting } from "../fields";
import { tidy } from "../values";
import { asText, fromText } from "./ConditionsFields";

type Gate = Schema<"StageGate">;
type Role = "owner" | "admin" | "marketer" | "manager" | "rep";
interface Requirement { field: string; label?: unknown; type?: string; min?: number; max?: number; chars_min?: number; one_of?: unknown[] }
interface Evidence { event: string; where?: Record<string, unknown>; times?: number; within?: string; since?: string; undone_by?: string }
interface Consent { purpose: string; within?: string }

const KINDS = ["text", "number", "money", "date", "future_date", "yes", "email", "phone"] as const;
const ROLES: readonly Role[] = ["owner", "admin", "manager", "marketer", "rep"];

const long = (value: unknown, name: string): unknown => (typeof value === "string" ? { [name]: value } : value);
/** The short form where it says it all. */
const short = (value: object, name: string): unknown => {
  const said = tidy(value as Record<string, unknown>);
  return Object.keys(said).every((key) => key === name) ? ((value as Record<string, unknown>)[name] ?? "") : { [name]: "", ...said };
};

/** What must be so before a deal enters the stage. */
export function GatePart({ gate, onChange }: { gate: Gate | undefined; onChange: (next: Gate | undefined) => void }) {
  const { t } = useTranslation("designs");
  const { isFixed } = useWriting();
  const set = (change: Record<string, unknown>) => {
    const next = tidy({ ...gate, ...change });
    onChange(Object.keys(next).length > 0 ? (next) : undefined);
  };
  const requires = (gate?.requires ?? []) as unknown[];
  const evidence = (gate?.evidence ?? []) as unknown[];
  const consent = (gate?.consent ?? []) as unknown[];
  const overriding = gate?.override;
  const roles = ROLES.map((value) => ({ value, label: t(`role.${value}`) }));
  return (
    <section className={classes["group"]} aria-label={t("gate.title")}>
      <div>
        <Text size="sm" fw={600} component="h3">{t("gate.title")}</Text>
        <Text size="xs" c="dimmed">{t("gate.hint")}</Text>
      </div>
      <Stack gap="sm">
        <Rows label={t("gate.requires")} items={requires} onChange={(next) => set({ requires: next })} make={() => "contact.phone"} add={t("gate.addField")} remove={(number) => t("gate.removeField", { number })}>
          {(item, change) => {
            const rule = long(item, "field") as Requirement;
            const put = (next: Partial<Record<keyof Requirement, unknown>>) => change(short({ ...rule, ...next }, "field"));
            const isNumber = rule.type === "number" || rule.type === "money";
            return (
              <>
                <TextInput label={t("gate.field")} style={{ flex: "1 1 160px" }} placeholder="contact.phone" value={rule.field} readOnly={isFixed} spellCheck={false} onChange={(event) => put({ field: event.currentTarget.value })} />
                <ChoiceField label={t("gate.type")} value={rule.type} placeholder={t("gate.anything")} data={KINDS.map((value) => ({ value, label: t(`gate.types.${value}`) }))} onChange={(type) => put({ type })} />
                {isNumber && <NumberInput label={t("gate.min")} w={110} hideControls readOnly={isFixed} value={rule.min ?? ""} onChange={(min) => put({ min: min === "" ? undefined : Number(min) })} />}
                {isNumber && <NumberInput label={t("gate.max")} w={110} hideControls readOnly={isFixed} value={rule.max ?? ""} onChange={(max) => put({ max: max === "" ? undefined : Number(max) })} />}
                {(!rule.type || rule.type === "text") && <NumberInput label={t("gate.charsMin")} w={130} hideControls min={0} allowDecimal={false} readOnly={isFixed} value={rule.chars_min ?? ""} onChange={(chars) => put({ chars_min: Number(chars) || undefined })} />}
                {(!rule.type || rule.type === "text") && <TextInput label={t("gate.oneOf")} style={{ flex: "1 1 160px" }} placeholder={t("where.valueHint")} value={asText(rule.one_of ?? "")} readOnly={isFixed} onChange={(event) => { const value = fromText(event.currentTarget.value); put({ one_of: event.currentTarget.value === "" ? undefined : Array.isArray(value) ? value : [value] }); }} />}
                <LocalizedField label={t("gate.label")} value={rule.label as never} onChange={(label) => put({ label })} />
              </>
            );
          }}
        </Rows>
        <Rows label={t("gate.evidence")} items={evidence} onChange={(next) => set({ evidence: next })} make={() => ""} add={t("gate.addEvidence")} remove={(number) => t("gate.removeEvidence", { number })}>
          {(item, change) => {
            const rule = long(item, "event") as Evidence;
            const put = (next: Partial<Record<keyof Evidence, unknown>>) => change(short({ ...rule, ...next }, "event"));
            return (
              <>
                <EventField label={t("gate.event")} value={rule.event} onChange={(event) => put({ event })} />
                <NumberInput label={t("gate.times")} w={90} min={1} allowDecimal={false} hideControls readOnly={isFixed} value={rule.times ?? 1} onChange={(times) => put({ times: Number(times) > 1 ? Number(times) : undefined })} />
                <ChoiceField label={t("gate.since")} clearable={false} value={rule.since ?? "deal"} data={(["deal", "stage", "ever"] as const).map((value) => ({ value, label: t(`gate.sinces.${value}`) }))} onChange={(since) => put({ since: since === "deal" ? undefined : since })} />
                <SpanField label={t("gate.within")} value={rule.within} onChange={(within) => put({ within })} />
                <EventField label={t("gate.undoneBy")} value={rule.undone_by ?? ""} onChange={(undone_by) => put({ undone_by })} />
              </>
            );
          }}
        </Rows>
        <Rows label={t("gate.consent")} items={consent} onChange={(next) => set({ consent: next })} make={() => "marketing"} add={t("gate.addConsent")} remove={(number) => t("gate.removeConsent", { number })}>
          {(item, change) => {
            const rule = long(item, "purpose") as Consent;
            const put = (next: Partial<Record<keyof Consent, unknown>>) => change(short({ ...rule, ...next }, "purpose"));
            return (
              <>
                <TextInput label={t("gate.purpose")} style={{ flex: "1 1 160px" }} value={rule.purpose} readOnly={isFixed} spellCheck={false} onChange={(event) => put({ purpose: event.currentTarget.value })} />
                <SpanField label={t("gate.within")} value={rule.within} onChange={(within) => put({ within })} />
              </>
            );
          }}
        </Rows>
        <div className={classes["line"]}>
          <Checkbox label={t("gate.noSkipping")} checked={gate?.no_skipping ?? false} disabled={isFixed} onChange={(event) => set({ no_skipping: event.currentTarget.checked })} />
          <Checkbox label={t("gate.noGoingBack")} checked={gate?.no_going_back ?? false} disabled={isFixed} onChange={(event) => set({ no_going_back: event.currentTarget.checked })} />
        </div>
        <Rows label={t("gate.approvals")} items={gate?.approvals} onChange={(approvals) => set({ approvals })} make={() => ({ by: ["manager" as const] })} add={t("gate.addApproval")} remove={(number) => t("gate.removeApproval", { number })}>
          {(rule, change) => <ApprovalFields rule={rule as Approval} roles={roles} onChange={(next) => change(next as typeof rule)} />}
        </Rows>
        <Switch label={t("gate.override")} checked={overriding !== undefined && overriding !== null} disabled={isFixed} onChange={(event) => set({ override: event.currentTarget.checked ? { by: ["manager"], reason_chars_min: 10 } : undefined })} />
        {overriding && (
          <div className={classes["line"]}>
            <MultiSelect label={t("gate.by")} style={{ flex: "1 1 220px" }} value={[...overriding.by]} data={roles} readOnly={isFixed} onChange={(by) => set({ override: { ...overriding, by } })} />
            <NumberInput label={t("gate.reasonChars")} w={200} min={1} max={500} allowDecimal={false} readOnly={isFixed} value={overriding.reason_chars_min ?? 1} onChange={(chars) => set({ override: { by: overriding.by, ...(Number(chars) > 1 ? { reason_chars_min: Number(chars) } : {}) } })} />
          </div>
        )}
      </Stack>
    </section>
  );
}

interface Approval { by: string[]; when?: { field?: string; above?: unknown } & Record<string, unknown>; four_eyes?: boolean; within?: string }

/** The usual case is a discount above a share; other conditions are written in the text and only shown here. */
function ApprovalFields({ rule, roles, onChange }: { rule: Approval; roles: { value: string; label: string }[]; onChange: (next: Approval) => void }) {
  const { t } = useTranslation("designs");
  const { isFixed } = useWriting();
  const { when } = rule;
  const isDiscount = when !== undefined && when.field === "deal.discount" && Object.keys(when).every((key) => key === "field" || key === "above");
  const isOther = when !== undefined && !isDiscount;
  const put = (change: Partial<Record<keyof Approval, unknown>>) => { const { by, ...rest } = { ...rule, ...change }; onChange({ by, ...tidy(rest) } as Approval); };
  return (
    <>
      <MultiSelect label={t("gate.by")} style={{ flex: "1 1 200px" }} value={rule.by} data={roles} readOnly={isFixed} onChange={(by) => put({ by })} />
      {isOther ? (
        <TextInput label={t("gate.when")} readOnly value={JSON.stringify(when)} description={t("gate.inText")} style={{ flex: "1 1 220px" }} />
      ) : (
        <RateField label={t("gate.discountAbove")} value={isDiscount ? String(when.above) : undefined} onChange={(above) => put({ when: above ? { field: "deal.discount", above } : undefined })} />
      )}
      <SpanField label={t("gate.holds")} value={rule.within} onChange={(within) => put({ within })} />
      <Checkbox label={t("gate.fourEyes")} mt={28} checked={rule.four_eyes ?? false} disabled={isFixed} onChange={(event) => put({ four_eyes: event.currentTarget.checked })} />
    </>
  );
}
