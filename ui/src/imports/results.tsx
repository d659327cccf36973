import { Anchor, Button, Table, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCircleCheck, IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { apiUrl } from "../api/client";
import { DataTable, type Column } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { useFormat } from "../i18n";
import { fetchRefused, IMPORTS, type Counts, type RefusedKind, type RefusedRow, type ReportKind } from "./api";
import classes from "./results.module.css";

const ALWAYS = ["rows", "refused"] as const;
const WHEN_SOME = ["events_added", "events_repeated", "contacts_added", "contacts_changed", "contacts_repeated", "companies_added", "companies_changed", "companies_repeated", "deals_added", "deals_changed", "deals_repeated"] as const;

/** What became of the rows, as figures; kinds of which there are none are left out. */
export function CountsGrid({ counts }: { counts: Counts }) {
  const { t } = useTranslation("imports");
  const format = useFormat();
  const shown = [ALWAYS[0], ...WHEN_SOME.filter((name) => counts[name] > 0), ALWAYS[1]];
  return (
    <dl className={classes["grid"]}>
      {shown.map((name) => (
        <div key={name} className={classes["figure"]}>
          <dt>{t(`counts.${name}`)}</dt>
          <dd className="figures">{format.integer(counts[name])}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The refused rows: the reasons first, every row when asked, and all of them as a file. */
export function Refused({ id, kind, kinds }: { id: string; kind: ReportKind; kinds: readonly RefusedKind[] }) {
  const { t } = useTranslation("imports");
  const format = useFormat();
  const [isOpen, rows] = useDisclosure(false);
  if (kinds.length === 0) return null;
  return (
    <div className={classes["refused"]}>
      <div className={classes["scroll"]}>
        <Table aria-label={t("reasons")}>
          <Table.Thead>
            <Table.Tr><Table.Th>{t("reason")}</Table.Th><Table.Th>{t("column")}</Table.Th><Table.Th ta="right">{t("firstLine")}</Table.Th><Table.Th ta="right">{t("rows")}</Table.Th></Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {kinds.map((row, index) => (
              <Table.Tr key={index}><Table.Td>{row.reason}</Table.Td><Table.Td>{row.column ?? "–"}</Table.Td><Table.Td ta="right">{format.integer(row.first_line)}</Table.Td><Table.Td ta="right">{format.integer(row.rows)}</Table.Td></Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      <div className={classes["buttons"]}>
        <Button variant="default" size="compact-md" aria-expanded={isOpen} onClick={rows.toggle}>{isOpen ? t("hideRows") : t("showRows")}</Button>
        <Anchor href={apiUrl(`/imports/${id}/refused.csv`, { kind })} download size="sm"><IconDownload size={16} stroke={1.5} style={{ verticalAlign: "-3px" }} aria-hidden /> {t("downloadRows")}</Anchor>
      </div>
      {isOpen && <RefusedRows id={id} kind={kind} />}
    </div>
  );
}

function RefusedRows({ id, kind }: { id: string; kind: ReportKind }) {
  const { t } = useTranslation("imports");
  const format = useFormat();
  const columns: Column<RefusedRow>[] = [
    { key: "line", header: t("line"), cell: (row) => format.integer(row.line), width: 88 },
    { key: "column", header: t("column"), cell: (row) => row.column ?? "–" },
    { key: "value", header: t("value"), cell: (row) => <Text span size="sm" ff="monospace" style={{ overflowWrap: "anywhere" }}>{row.value ?? "–"}</Text> },
    { key: "reason", header: t("reason"), cell: (row) => row.reason },
    { key: "row", header: t("row"), cell: (row) => <Text span size="xs" ff="monospace" lineClamp={2}>{row.row}</Text>, isOptional: true, isHiddenOnPhone: true },
  ];
  return (
    <DataTable<RefusedRow> id="refused" label={t("refused")} columns={columns} queryKey={[...IMPORTS, id, "refused", kind]} fetchPage={(cursor, signal) => fetchRefused(id, kind, cursor, signal)}
      rowKey={(row) => `${row.line}`} rowName={(row) => `${row.line}`} empty={<EmptyState icon={IconCircleCheck} title={t("noRefused")} isCompact />} />
  );
}
