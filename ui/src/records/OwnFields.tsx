import { Text, Title, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { describeError } from "../components/problem";
import classes from "../contacts/ContactScreen.module.css";
import { textFor } from "../localized";
import { useMay } from "../session/useMay";
import { fieldsQuery, type Entity } from "./api";
import { customFields, type ListField } from "./fields";
import { useValueText } from "./useValueText";
import { ValueInput } from "./ValueInput";

/** A name and its value. */
export function Fact({ label, help, children }: { label: string; help?: string; children: ReactNode }) {
  return (
    <div className={classes["fact"]}>
      <dt title={help || undefined}>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface FactProps {
  field: ListField;
  value: unknown;
  isFixed: boolean;
  help?: string;
  /** The path by which the server names the field in an error. */
  path: string;
  onSave: (value: unknown) => Promise<unknown>;
}

/** What is written at once when it is chosen, without a word more. */
const CHOSEN = new Set(["choice", "user", "yes_no"]);

/** A value that a click opens for writing; Enter or leaving it keeps it, Escape leaves it as it was. */
export function EditableFact({ field, value, isFixed, help, path, onSave }: FactProps) {
  const { t } = useTranslation(["contacts", "records"]);
  const valueText = useValueText();
  const [draft, setDraft] = useState<{ value: unknown } | null>(null);
  const [isSaving, setIsSaving] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const close = () => {
    setDraft(null);
    setProblem(null);
    // Back to where the keyboard was, once the button is there again.
    requestAnimationFrame(() => button.current?.focus());
  };
  async function keep(written: unknown) {
    if (isSaving) return;
    const next = typeof written === "string" ? written.trim() : written;
    if (JSON.stringify(next ?? "") === JSON.stringify(value ?? "")) { setDraft(null); setProblem(null); return; }
    setIsSaving(true);
    try {
      await onSave(next === "" ? null : next);
      setDraft(null);
      setProblem(null);
    } catch (error) {
      const own = error instanceof ApiProblem ? error.fields.find((one) => one.field === path || one.field.startsWith(`${path}.`))?.detail : undefined;
      setProblem(own ?? describeError(error));
    } finally {
      setIsSaving(false);
    }
  }
  if (draft === null) {
    const text = valueText(field, value);
    const shown = <span style={{ whiteSpace: "pre-line" }}>{text || <Text span size="sm" c="dimmed">{isFixed ? "–" : t("addValue")}</Text>}</span>;
    return (
      <Fact label={field.label} {...(help ? { help } : {})}>
        {isFixed ? <span className={classes["value"]}>{shown}</span> : (
          <UnstyledButton ref={button} className={classes["value"] ?? ""} onClick={() => setDraft({ value })}>
            {shown}
            <VisuallyHidden>{t("edit", { what: field.label })}</VisuallyHidden>
          </UnstyledButton>
        )}
      </Fact>
    );
  }
  const isChosen = CHOSEN.has(field.kind);
  return (
    <Fact label={field.label} {...(help ? { help } : {})}>
      <div ref={box} onBlur={(event) => { if (!box.current?.contains(event.relatedTarget) && !isChosen && field.kind !== "choices") void keep(draft.value); }}>
        <ValueInput field={field} value={draft.value ?? null} autoFocus disabled={isSaving} error={problem}
          onChange={(next) => { setDraft({ value: next }); if (isChosen) void keep(next); }}
          onBlur={() => { if (isChosen) close(); else if (field.kind === "choices") void keep(draft.value); }}
          onKeyDown={(event) => {
            if (event.key === "Enter" && field.kind !== "long_text" && !isChosen && field.kind !== "choices") { event.preventDefault(); void keep(draft.value); }
            if (event.key === "Escape") { event.stopPropagation(); close(); }
          }} />
      </div>
    </Fact>
  );
}

interface Props {
  entity: Entity;
  values: Record<string, unknown>;
  onSave: (key: string, value: unknown) => Promise<unknown>;
}

/** The company's own fields, under their headings. */
export function OwnFields({ entity, values, onSave }: Props) {
  const { t, i18n } = useTranslation("records");
  const may = useMay();
  const { data } = useQuery(fieldsQuery(entity));
  const used = (data?.items ?? []).filter(({ is_archived }) => !is_archived);
  if (used.length === 0) return null;
  const groups = Map.groupBy(used, (field) => textFor(field.group, i18n.language));
  const group = entity === "contact" ? "traits" : "fields";
  return [...groups].map(([name, fields]) => (
    <section key={name} className={classes["card"]} aria-label={name || t("ownFields")}>
      <div className={classes["cardHead"]}><Title order={2} size="h4">{name || t("ownFields")}</Title></div>
      <dl className={classes["facts"]}>
        {customFields(fields, i18n.language).map((field, index) => (
          <EditableFact key={field.name} field={field} value={values[field.name.slice("fields.".length)]} isFixed={!may("contacts.write") || (fields[index]?.is_fixed ?? false)} help={textFor(fields[index]?.help, i18n.language)}
            path={`${group}.${field.name.slice("fields.".length)}`} onSave={(value) => onSave(field.name.slice("fields.".length), value)} />
        ))}
      </dl>
    </section>
  ));
}
