import { Alert, Button, Checkbox, Group, List, Select, Skeleton, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconBulb } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { FormProblem } from "../components/FormProblem";
import { describeError, toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { eventName, useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { CONSENT_STATES, guessAs, KINDS, NAMESPACES, previewQuery, TIME_FORMATS, VALUE_TYPES, type ColumnGuess, type ColumnRule, type ImportView, type Mapping, type Preview, type PreviewResult, type TargetName } from "./api";
import { asNewField, ENTITIES, ruleOf, targetsFor, withEventName, withRule, withTarget } from "./mapping";
import { CurrencyOf, OwnFieldDetails } from "./OwnFieldDetails";
import classes from "./results.module.css";
import { Stages } from "./Stages";

const PREVIEW_DELAY_MS = 400;
const ROWS_SHOWN = 8;
/** Columns whose preview is drawn; a file may have hundreds. */
const EXAMPLES_SHOWN = 3;

interface Props {
  view: ImportView;
  mayStart: boolean;
  isStarting: boolean;
  problem: unknown;
  onStart: (mapping: Mapping, isDryRun: boolean) => void;
}

/** What the columns mean: guessed, explained, to be changed; and what would become of the first rows. */
export function MappingEditor(props: Props) {
  const guess = useQuery(previewQuery(props.view.id, props.view.mapping));
  if (guess.isError && !guess.data) return <QueryProblem error={guess.error} onRetry={() => void guess.refetch()} />;
  if (!guess.data) return <Stack gap="md" aria-busy>{[96, 320].map((height) => <Skeleton key={height} height={height} radius="md" />)}</Stack>;
  return <Editor {...props} first={guess.data} />;
}

function Editor({ view, first: begun, mayStart, isStarting, problem, onStart }: Props & { first: Preview }) {
  const { t } = useTranslation(["imports", "common"]);
  const [first, setFirst] = useState(begun);
  const [mapping, setMapping] = useState<Mapping>(view.mapping ?? first.guess.mapping);
  // Of rows of another kind the columns mean other things.
  const another = useMutation({
    mutationFn: (kind: Mapping["kind"]) => guessAs(view.id, kind),
    onSuccess: (guessed) => { setFirst(guessed); setMapping(guessed.guess.mapping); },
    onError: toastError,
  });
  const [settled] = useDebouncedValue(mapping, PREVIEW_DELAY_MS);
  const answer = useQuery(previewQuery(view.id, settled));
  const preview = answer.data ?? first;
  const refusals: Record<string, string> = Object.fromEntries(preview.problems.map(({ field, message }) => [field, message]));
  const general = preview.problems.filter(({ field }) => !first.columns.includes(field) && field !== "event_name" && field !== "time_zone");
  const serverSays = problem instanceof ApiProblem && problem.fields.length > 0 ? problem.fields.map(({ detail }) => detail).join(" ") : problem ? describeError(problem) : null;
  return (
    <>
      <section aria-label={t("guess")}>
        <Alert color="fjord" variant="light" icon={<IconBulb size={20} />} title={t("guess")}>
          <List size="sm" spacing={4}>{first.guess.sentences.map((sentence) => <List.Item key={sentence}>{sentence}</List.Item>)}</List>
        </Alert>
      </section>
      <section aria-label={t("mapping")}>
        <Title order={2} size="h3" mb="sm">{t("mapping")}</Title>
        <Whole mapping={mapping} refusals={refusals} isGuessing={another.isPending} onKind={another.mutate} onChange={setMapping} />
        <Columns first={first} mapping={mapping} refusals={refusals} onChange={setMapping} />
      </section>
      <Stages stages={preview.stages} mapping={mapping} onChange={setMapping} />
      <Results preview={preview} mapping={settled} isStale={answer.isPlaceholderData} />
      <Stack gap="sm">
        <FormProblem message={serverSays ?? (general.length > 0 ? general.map(({ message }) => message).join(" ") : null)} />
        {answer.isError && <FormProblem message={describeError(answer.error)} />}
        {mayStart && (
          <Group>
            <Button loading={isStarting} disabled={preview.problems.length > 0} onClick={() => onStart(mapping, false)}>{t("start")}</Button>
            <Button variant="default" disabled={isStarting || preview.problems.length > 0} onClick={() => onStart(mapping, true)}>{t("dryRun")}</Button>
            <Text size="sm" c="dimmed">{t("dryRunHint")}</Text>
          </Group>
        )}
      </Stack>
    </>
  );
}

interface PartProps {
  mapping: Mapping;
  refusals: Record<string, string>;
  onChange: (mapping: Mapping) => void;
}

/** What holds for all rows. */
function Whole({ mapping, refusals, isGuessing, onKind, onChange }: PartProps & { isGuessing: boolean; onKind: (kind: Mapping["kind"]) => void }) {
  const { t } = useTranslation("imports");
  const may = useMay();
  const isEvents = mapping.kind === "events";
  return (
    <Group align="flex-start" gap="md" mb="md">
      <Select label={t("kind")} w={200} allowDeselect={false} value={mapping.kind} data={KINDS.map((value) => ({ value, label: t(`kinds.${value}`) }))}
        disabled={isGuessing} onChange={(kind) => kind && kind !== mapping.kind && onKind(kind)} />
      {isEvents && <TextInput label={t("eventName")} description={t("eventNameHint")} w={280} value={mapping.event_name ?? ""} error={refusals["event_name"]} onChange={(event) => onChange(withEventName(mapping, event.currentTarget.value))} />}
      <TextInput label={t("timeZone")} w={200} value={mapping.time_zone} error={refusals["time_zone"]} onChange={(event) => onChange({ ...mapping, time_zone: event.currentTarget.value })} />
      {mapping.kind === "contacts" && (
        <Select label={t("consentOfAll")} w={240} clearable placeholder={t("consentOfAllNone")} value={mapping.consent ?? null} data={CONSENT_STATES.map((value) => ({ value, label: t(`consents.${value}`) }))}
          onChange={(consent) => { const next = { ...mapping }; delete next.consent; onChange(consent ? { ...next, consent } : next); }} />
      )}
      {mapping.kind === "deals" && may("deals.write") && (
        <Select label={t("knownDeals")} w={264} allowDeselect={false} value={mapping.known_deals} data={[{ value: "leave", label: t("knownDealsLeave") }, { value: "change", label: t("knownDealsChange") }]}
          onChange={(known) => known && onChange({ ...mapping, known_deals: known })} />
      )}
      {isEvents && <Checkbox mt={34} label={t("makesContacts")} checked={mapping.makes_contacts} onChange={(event) => onChange({ ...mapping, makes_contacts: event.currentTarget.checked })} />}
    </Group>
  );
}

function Columns({ first, mapping, refusals, onChange }: PartProps & { first: Preview }) {
  const { t } = useTranslation("imports");
  const guesses = new Map(first.guess.columns.map((column) => [column.column, column]));
  return (
    <div className={classes["scroll"]}>
      <Table className={classes["mapping"]} aria-label={t("mapping")}>
        <Table.Thead><Table.Tr><Table.Th>{t("column")}</Table.Th><Table.Th>{t("meaning")}</Table.Th><Table.Th>{t("details")}</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {first.columns.map((column) => (
            <ColumnRow key={column} rule={ruleOf(mapping, column)} guess={guesses.get(column)} kind={mapping.kind} error={refusals[column]} onChange={(rule) => onChange(withRule(mapping, rule))} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

interface RowProps {
  rule: ColumnRule;
  guess: ColumnGuess | undefined;
  kind: Mapping["kind"];
  error: string | undefined;
  onChange: (rule: ColumnRule) => void;
}

function ColumnRow({ rule, guess, kind, error, onChange }: RowProps) {
  const { t } = useTranslation("imports");
  const may = useMay();
  // Who may make fields is offered the one that the column would be.
  const change = (to: TargetName) => onChange(to === "field" && guess && may("settings.write") ? asNewField(rule, guess.field) : withTarget(rule, to));
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={550} style={{ overflowWrap: "anywhere" }}>{rule.column}</Text>
        <Text size="xs" c="dimmed" lineClamp={2}>{guess?.examples.slice(0, EXAMPLES_SHOWN).join(" · ")}</Text>
      </Table.Td>
      <Table.Td>
        <Select aria-label={t("meaningOf", { column: rule.column })} allowDeselect={false} searchable value={rule.to} error={error}
          data={targetsFor(kind, rule.to).map((value) => ({ value, label: t(`targets.${value}`) }))} onChange={(to) => to && change(to)} />
      </Table.Td>
      <Table.Td>
        <div className={classes["details"]}><Details rule={rule} guess={guess} kind={kind} onChange={onChange} /></div>
        {guess && guess.to === rule.to && <Text size="xs" c="dimmed" mt={4}>{guess.sentence}</Text>}
      </Table.Td>
    </Table.Tr>
  );
}

function Details({ rule, guess, kind, onChange }: Pick<RowProps, "rule" | "guess" | "kind" | "onChange">) {
  const { t } = useTranslation("imports");
  const entity = ENTITIES[kind];
  if (rule.to === "field") return entity && <OwnFieldDetails rule={rule} entity={entity} suggested={guess?.field} onChange={onChange} />;
  if (rule.to === "field_currency") return entity && <CurrencyOf column={rule.column} value={rule.key} entity={entity} onChange={(key) => onChange({ ...rule, key })} />;
  return (
    <>
      {"name" in rule && <TextInput aria-label={t("nameOf", { column: rule.column })} w={176} value={rule.name} onChange={(event) => onChange({ ...rule, name: event.currentTarget.value })} />}
      {"value" in rule && (
        <Select aria-label={t("valueOf", { column: rule.column })} w={168} allowDeselect={false} value={rule.value} data={VALUE_TYPES.map((value) => ({ value, label: t(`values.${value}`) }))} onChange={(value) => value && onChange({ ...rule, value })} />
      )}
      {"format" in rule && (
        <Select aria-label={t("formatOf", { column: rule.column })} w={248} allowDeselect={false} value={rule.format} data={TIME_FORMATS.map((value) => ({ value, label: t(`times.${value}`) }))} onChange={(format) => format && onChange({ ...rule, format })} />
      )}
      {"namespace" in rule && (
        <Select aria-label={t("personOf", { column: rule.column })} w={216} allowDeselect={false} value={rule.namespace} data={NAMESPACES.map((value) => ({ value, label: t(`persons.${value}`) }))} onChange={(namespace) => namespace && onChange({ ...rule, namespace })} />
      )}
    </>
  );
}

/** By what a contact is told: the address, else name and number of whom has none. */
const personOf = (contact: PreviewResult["contact"]): string =>
  contact ? (contact.email ?? [contact.first_name, contact.last_name, contact.phone].filter(Boolean).join(" ")) : "";

/** What is told of a row, its open facts and own fields among the rest. */
function factsOf({ event, contact, company, deal }: PreviewResult): Record<string, unknown> {
  if (event) return event.properties;
  return { ...(contact ?? company ?? deal), ...(contact?.traits ?? company?.fields ?? deal?.fields) };
}

/** The first rows as the mapping takes them. */
function Results({ preview, mapping, isStale }: { preview: Preview; mapping: Mapping; isStale: boolean }) {
  const { t } = useTranslation("imports");
  const format = useFormat();
  const rows = preview.results.slice(0, ROWS_SHOWN);
  if (rows.length === 0) return null;
  const text = (facts: Record<string, unknown>) =>
    Object.entries(facts).filter(([, value]) => value !== null && value !== "" && typeof value !== "object").map(([name, value]) => `${name}: ${String(value)}`).join(" · ");
  return (
    <section aria-busy={isStale} style={{ opacity: isStale ? 0.6 : 1 }}>
      <Title order={2} size="h3" mb="sm">{t("firstRows")}</Title>
      <div className={classes["scroll"]} tabIndex={0} role="region" aria-label={t("firstRows")}>
        <Table miw={640} aria-label={t("firstRows")}>
          <Table.Thead><Table.Tr><Table.Th w={64}>{t("line")}</Table.Th><Table.Th>{t("becomes")}</Table.Th><Table.Th>{t("person")}</Table.Th><Table.Th>{t("time")}</Table.Th><Table.Th>{t("facts")}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.line}>
                <Table.Td>{format.integer(row.line)}</Table.Td>
                {row.refused ? (
                  <Table.Td colSpan={4}><Text size="sm" c="red">{row.refused.column ? `${row.refused.column}: ` : ""}{row.refused.reason}</Text></Table.Td>
                ) : (
                  <>
                    <Table.Td>{row.event ? eventName(row.event.name) : t(`kinds.${mapping.kind}`)}</Table.Td>
                    <Table.Td style={{ overflowWrap: "anywhere" }}>{row.event?.person ?? row.company?.name ?? row.deal?.title ?? personOf(row.contact)}</Table.Td>
                    <Table.Td>{row.event ? <time dateTime={row.event.at}>{format.date(row.event.at, "datetime")}</time> : "–"}</Table.Td>
                    <Table.Td><Text size="xs" c="dimmed" lineClamp={2}>{text(factsOf(row))}</Text></Table.Td>
                  </>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}
