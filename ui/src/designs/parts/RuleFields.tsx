import { Code, NumberInput, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { EventField, Rows, SpanField, useWriting } from "../fields";
import { linesOf, ruleOf, TESTS, valueFor, type Condition, type Line } from "../rules";
import { asText, fromText } from "./ConditionsFields";

/** Who belongs, or what must be so: lines of which all or one must hold. What lies deeper is written in the text. */
export function RuleFields({ label, rule, onChange }: { label: string; rule: Condition | undefined; onChange: (next: Condition | undefined) => void }) {
  const { t } = useTranslation("designs");
  const { isFixed } = useWriting();
  const read = linesOf(rule);
  if (!read) {
    return (
      <Stack gap={4}>
        <Text size="sm" fw={500}>{label}</Text>
        <Code block>{JSON.stringify(rule, null, 1)}</Code>
        <Text size="xs" c="dimmed">{t("rule.deep")}</Text>
      </Stack>
    );
  }
  const { mode, lines } = read;
  return (
    <Stack gap={6} style={{ flex: "3 1 320px" }}>
      {lines.length > 1 && <SegmentedControl size="xs" style={{ alignSelf: "flex-start" }} readOnly={isFixed} aria-label={label} value={mode} data={[{ value: "all", label: t("rule.all") }, { value: "any", label: t("rule.any") }]} onChange={(next) => onChange(ruleOf({ mode: next, lines }))} />}
      <Rows<Line> label={label} items={lines} onChange={(next) => onChange(ruleOf({ mode, lines: next }))} make={() => ({ field: "contact.country", test: "is", value: "NO" })} add={t("rule.add")} remove={(number) => t("rule.remove", { number })}>
        {(line, change) => (
          <>
            <Select aria-label={t("rule.kind")} w={120} allowDeselect={false} readOnly={isFixed} value={"did" in line ? "did" : "field"} data={[{ value: "field", label: t("rule.field") }, { value: "did", label: t("rule.did") }]}
              onChange={(kind) => change(kind === "did" ? { did: "Page Viewed", within: undefined, times: 1 } : { field: "contact.country", test: "is", value: "NO" })} />
            {"did" in line ? (
              <>
                <EventField label={t("rule.event")} value={line.did} onChange={(did) => change({ ...line, did })} />
                <NumberInput label={t("rule.times")} w={90} min={1} allowDecimal={false} readOnly={isFixed} value={line.times} onChange={(times) => change({ ...line, times: Number(times) || 1 })} />
                <SpanField label={t("rule.within")} value={line.within} onChange={(within) => change({ ...line, within })} />
              </>
            ) : (
              <>
                <TextInput aria-label={t("rule.fieldName")} style={{ flex: "1 1 140px" }} value={line.field} readOnly={isFixed} spellCheck={false} onChange={(event) => change({ ...line, field: event.currentTarget.value })} />
                <Select aria-label={t("rule.test")} w={150} allowDeselect={false} readOnly={isFixed} value={line.test} data={TESTS.map((value) => ({ value, label: t(`rule.tests.${value}`) }))} onChange={(test) => test && change({ ...line, test: test, value: valueFor(test, line.value) })} />
                {line.test !== "known" && <TextInput aria-label={t("rule.value")} style={{ flex: "1 1 120px" }} value={asText(line.value)} readOnly={isFixed} onChange={(event) => change({ ...line, value: valueFor(line.test, line.test === "one_of" || line.test === "none_of" ? event.currentTarget.value.split(",").map((part) => part.trimStart()) : fromText(event.currentTarget.value)) })} />}
              </>
            )}
          </>
        )}
      </Rows>
    </Stack>
  );
}
