import { Alert, Badge, Button, Loader, Text, Title, UnstyledButton } from "@mantine/core";
import { IconCircleCheck, IconChevronDown, IconWand } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { describeError } from "../components/problem";
import { useFormat } from "../i18n";
import type { Finding, Severity } from "./api";
import classes from "./Designs.module.css";

export const SEVERITY_COLORS: Record<Severity, string> = { error: "red", warning: "yellow", advice: "gray" };

interface Props {
  findings: readonly Finding[] | undefined;
  error: unknown;
  isChecking: boolean;
  isFixed: boolean;
  /** Where a finding is; null when it lies beside the document. */
  onShow: (finding: Finding) => void;
  onFix: (finding: Finding) => void;
}

/** What costs sales, beside what is being written: the worst and dearest first. */
export function FindingsPanel({ findings, error, isChecking, isFixed, onShow, onFix }: Props) {
  const { t } = useTranslation("designs");
  const [open, setOpen] = useState<string | null>(null);
  return (
    <section className={classes["findings"]} aria-label={t("findings.title")}>
      <div className={classes["findingsHead"]}>
        <Title order={2} size="h4">{t("findings.title")}</Title>
        {isChecking ? <Loader size={16} aria-label={t("findings.checking")} /> : findings && findings.length > 0 && <Badge color="gray">{findings.length}</Badge>}
      </div>
      {error !== null && error !== undefined && !findings && <Alert color="red">{describeError(error)}</Alert>}
      {findings?.length === 0 && (
        <div className={classes["noFindings"]}>
          <IconCircleCheck size={20} stroke={1.5} style={{ flex: "none" }} aria-hidden />
          <Text size="sm">{t("findings.none")}</Text>
        </div>
      )}
      <ul className={classes["findingList"]} aria-live="polite">
        {findings?.map((finding, index) => {
          const key = `${finding.rule} ${finding.path} ${index}`;
          return <FindingRow key={key} finding={finding} isOpen={open === key} isFixed={isFixed} onToggle={() => setOpen(open === key ? null : key)} onShow={() => onShow(finding)} onFix={() => onFix(finding)} />;
        })}
      </ul>
    </section>
  );
}

interface RowProps {
  finding: Finding;
  isOpen: boolean;
  isFixed: boolean;
  onToggle: () => void;
  onShow: () => void;
  onFix: () => void;
}

function FindingRow({ finding, isOpen, isFixed, onToggle, onShow, onFix }: RowProps) {
  const { t } = useTranslation("designs");
  const format = useFormat();
  const place = finding.place ? t("findings.line", { line: finding.place.line }) : finding.path;
  return (
    <li className={classes["finding"]} data-severity={finding.severity}>
      <UnstyledButton className={classes["findingButton"] ?? ""} aria-expanded={isOpen} onClick={onToggle}>
        <span>
          <Text span size="xs" fw={600} className={classes["severity"] ?? ""}>{t(`severity.${finding.severity}`)}{finding.cost_per_month && ` · ${t("findings.cost", { cost: format.money(finding.cost_per_month, { whole: true }) })}`}</Text>
          <Text span size="sm" className={classes["what"] ?? ""}>{finding.what}</Text>
        </span>
        <IconChevronDown size={16} stroke={1.5} className={classes["chevron"] ?? ""} aria-hidden />
      </UnstyledButton>
      {isOpen && (
        <div className={classes["findingMore"]}>
          {finding.why && <Text size="sm" c="dimmed">{finding.why}</Text>}
          {finding.mend && <Text size="sm">{finding.mend}</Text>}
          <div className={classes["findingTools"]}>
            {finding.fix && !isFixed && <Button size="compact-sm" leftSection={<IconWand size={14} stroke={1.5} />} onClick={onFix}>{t("findings.fix")}</Button>}
            <Button size="compact-sm" variant="default" onClick={onShow}>{t("findings.show")}</Button>
          </div>
          <Text size="xs" c="dimmed" ff="monospace" className={classes["path"] ?? ""}>{place}</Text>
        </div>
      )}
    </li>
  );
}

