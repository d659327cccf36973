import { Popover, Text, UnstyledButton } from "@mantine/core";
import { IconAlertCircle, IconAlertTriangle, IconBulb } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n";
import { worstSeverity, type FindingSeverity, type MapFinding } from "./findings";
import classes from "./Findings.module.css";

export const SEVERITY_ICONS = { error: IconAlertCircle, warning: IconAlertTriangle, advice: IconBulb } as const satisfies Record<FindingSeverity, unknown>;

/** The worst of what check found here, and all of it when pressed. Nothing where nothing was found. */
export function FindingsBadge({ findings, name, label }: { findings: readonly MapFinding[]; name: string; label?: string }) {
  const { t } = useTranslation("map");
  const [isOpen, setIsOpen] = useState(false);
  const worst = worstSeverity(findings);
  if (!worst) return null;
  const Icon = SEVERITY_ICONS[worst];
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-end" shadow="md" width={340} trapFocus returnFocus withArrow>
      <Popover.Target>
        <UnstyledButton className={`${classes["badge"] ?? ""} nodrag nopan`} data-severity={worst} data-labelled={label !== undefined || undefined} aria-label={t("findingsOf", { count: findings.length, name })} onClick={() => setIsOpen(!isOpen)}>
          <Icon size={14} stroke={2} aria-hidden />
          {label ?? (findings.length > 1 ? findings.length : null)}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p={0} aria-label={t("findingsOf", { count: findings.length, name })}>
        <ul className={classes["list"]} tabIndex={-1}>
          {findings.map((finding, index) => <Finding key={index} finding={finding} />)}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}

/** One finding: what it is, why it matters, what it costs, how to mend it. */
export function Finding({ finding }: { finding: MapFinding }) {
  const { t } = useTranslation("map");
  const format = useFormat();
  const Icon = SEVERITY_ICONS[finding.severity];
  return (
    <li className={classes["finding"]} data-severity={finding.severity}>
      <Icon size={18} stroke={1.5} aria-label={t(`severity.${finding.severity}`)} />
      <div>
        <Text size="sm" fw={550}>{finding.what}</Text>
        {finding.why && <Text size="sm" c="dimmed" mt={4}>{finding.why}</Text>}
        {finding.cost_per_month && <p className={classes["cost"]}>{t("costs", { amount: format.money(finding.cost_per_month, { whole: true }) })}</p>}
        {finding.mend && <p className={classes["mend"]}><strong>{t("mend")}</strong> {finding.mend}</p>}
      </div>
    </li>
  );
}
