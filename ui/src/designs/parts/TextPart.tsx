import { Alert, Anchor, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useEffect, useRef, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Draft, Finding } from "../api";
import classes from "../Designs.module.css";
import { SEVERITY_COLORS } from "../FindingsPanel";
import { useWriting } from "../fields";

interface Props {
  draft: Draft;
  /** As it is typed; null while nobody types, and the text is the document's. */
  source: string | null;
  findings: readonly Finding[];
  /** The line to show. */
  line: number | undefined;
  onChange: (text: string) => void;
}

const LINE_PX = 20;
const INDENT = "  ";

/** The document as YAML: the same as in files under version control. Comments are kept. */
export function TextPart({ draft, source, findings, line, onChange }: Props) {
  const { t } = useTranslation("designs");
  const { isFixed } = useWriting();
  const area = useRef<HTMLTextAreaElement>(null);
  const text = source ?? draft.source;
  const lines = text.split("\n").length;
  const marks = new Map<number, Finding>();
  for (const finding of [...findings].reverse()) if (finding.place) marks.set(finding.place.line, finding);
  const unreadable = findings.find(({ rule }) => rule === "unreadable");

  useEffect(() => {
    if (line === undefined || !area.current) return;
    const before = area.current.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    area.current.focus();
    area.current.setSelectionRange(before, before);
    area.current.closest("[data-scroll]")?.scrollTo({ top: Math.max(0, (line - 6) * LINE_PX) });
  }, [line]);

  // Tab would leave the field, and YAML is made of indents; Escape then Tab leaves it all the same.
  const onKey = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === "Escape") event.currentTarget.blur();
    if (event.key !== "Tab" || event.shiftKey || isFixed) return;
    event.preventDefault();
    const { selectionStart, selectionEnd, value } = event.currentTarget;
    const next = value.slice(0, selectionStart) + INDENT + value.slice(selectionEnd);
    event.currentTarget.value = next;
    event.currentTarget.setSelectionRange(selectionStart + INDENT.length, selectionStart + INDENT.length);
    onChange(next);
  };

  return (
    <div>
      <Group justify="space-between" align="baseline" mb="xs">
        <Text size="sm" c="dimmed">{t("text.hint")}</Text>
        <Anchor size="sm" href="/api/v1/funnels/schema" target="_blank" rel="noreferrer">{t("text.schema")}</Anchor>
      </Group>
      {unreadable && (
        <Alert color="red" mb="sm" icon={<IconAlertTriangle size={20} stroke={1.5} />} title={unreadable.place ? t("text.faultAt", { line: unreadable.place.line }) : t("text.fault")}>
          {unreadable.path ? `${unreadable.path}: ${unreadable.what}` : unreadable.what}
        </Alert>
      )}
      <div className={classes["text"]} data-scroll>
        <div className={classes["gutter"]} aria-hidden style={{ height: lines * LINE_PX }}>
          {Array.from({ length: lines }, (_, index) => {
            const mark = marks.get(index + 1);
            return <span key={index} title={mark?.what} style={mark ? { color: `var(--mantine-color-${SEVERITY_COLORS[mark.severity]}-filled)`, fontWeight: 700 } : undefined}>{index + 1}</span>;
          })}
        </div>
        <textarea ref={area} className={classes["area"]} aria-label={t("text.label")} aria-invalid={unreadable !== undefined} spellCheck={false} autoCapitalize="none" autoComplete="off" wrap="off" readOnly={isFixed}
          style={{ height: lines * LINE_PX + 24 }} value={text} onChange={(event) => onChange(event.currentTarget.value)} onKeyDown={onKey} />
      </div>
    </div>
  );
}
