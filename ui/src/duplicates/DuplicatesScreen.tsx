import { Button, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconRefresh, IconUsers } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { toastDone, toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { CONTACTS } from "../contacts/api";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { DUPLICATES, duplicatesQuery, lookForDuplicates, mergesQuery, undoMerge, type Merge } from "./api";
import classes from "./Duplicates.module.css";
import { PairCard } from "./PairCard";

const SHOWN_AT_ONCE = 10;
/** The comparison runs in the background: when its answer is looked for. */
const LOOK_AGAIN_MS = 1500;

/** Contacts that look like one person, side by side, to be merged or told apart. */
export function DuplicatesScreen() {
  const { t } = useTranslation(["duplicates", "common"]);
  const format = useFormat();
  const may = useMay();
  const queries = useQueryClient();
  const found = useQuery(duplicatesQuery);
  const [shown, setShown] = useState(SHOWN_AT_ONCE);
  const look = useMutation({
    mutationFn: async () => {
      await lookForDuplicates();
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      await queries.invalidateQueries({ queryKey: DUPLICATES });
    },
    onError: toastError,
  });
  const items = found.data?.items ?? [];
  const lookedAt = found.data?.looked_at;
  const button = may("contacts.write") && (
    <Button variant="default" leftSection={<IconRefresh size={18} stroke={1.5} />} loading={look.isPending} onClick={() => look.mutate()}>{t("look")}</Button>
  );
  return (
    <div>
      <PageHeader title={t("title")} back={{ to: "/contacts", label: t("common:nav.contacts") }} actions={button} lead={t("lead")} />
      {found.isError && !found.data ? <QueryProblem error={found.error} onRetry={() => void found.refetch()} />
        : found.isPending ? <Stack gap="md">{[260, 260].map((height, index) => <Skeleton key={index} height={height} radius="lg" />)}</Stack>
        : items.length === 0 ? <EmptyState icon={IconUsers} title={t(lookedAt ? "none" : "notYet")} hint={<>{t(lookedAt ? "noneHint" : "notYetHint")}{lookedAt && <> {t("lookedAt", { when: format.date(lookedAt, "datetime") })}</>}</>} actions={button} />
        : (
          <>
            <Text size="sm" c="dimmed" mb="sm" role="status">{t("count", { count: found.data.total, shown: format.integer(found.data.total) })}{lookedAt && ` · ${t("lookedAt", { when: format.date(lookedAt, "datetime") })}`}</Text>
            <ul className={classes["pairs"]}>
              {items.slice(0, shown).map((pair) => <PairCard key={`${pair.left.contact.id} ${pair.right.contact.id}`} pair={pair} />)}
            </ul>
            {items.length > shown && <Button variant="default" mt="md" onClick={() => setShown(shown + SHOWN_AT_ONCE)}>{t("common:actions.showMore")}</Button>}
          </>
        )}
      <Merges />
    </div>
  );
}

/** What was merged lately and can be parted. */
function Merges() {
  const { t } = useTranslation("duplicates");
  const merges = useQuery(mergesQuery);
  const items = merges.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <section className={classes["merges"]} aria-label={t("merges")}>
      <Title order={2} size="h3">{t("merges")}</Title>
      <Text size="sm" c="dimmed" mt={4} mb="sm">{t("mergesHint")}</Text>
      <ul className={classes["mergeList"]}>{items.map((merge) => <MergeRow key={merge.id} merge={merge} />)}</ul>
    </section>
  );
}

function MergeRow({ merge }: { merge: Merge }) {
  const { t } = useTranslation("duplicates");
  const format = useFormat();
  const may = useMay();
  const queries = useQueryClient();
  const undo = useMutation({
    mutationFn: () => undoMerge(merge.id),
    onError: toastError,
    onSuccess: async () => {
      toastDone(t("undone"));
      await Promise.all([queries.invalidateQueries({ queryKey: DUPLICATES }), queries.invalidateQueries({ queryKey: CONTACTS })]);
    },
  });
  return (
    <li className={classes["merge"]}>
      <span className={classes["mergeText"]}>
        <Link to="/contacts/$contactId" params={{ contactId: merge.kept_id }} className={classes["link"] ?? ""}>{merge.merged_name}</Link>
        <Text component="span" display="block" size="xs" c="dimmed">
          {merge.undone_at ? t("undoneAt", { when: format.date(merge.undone_at, "datetime") }) : t("mergedAt", { when: format.date(merge.merged_at, "datetime"), until: format.date(merge.undo_until) })}
        </Text>
      </span>
      {!merge.undone_at && may("contacts.delete") && <Button variant="default" size="compact-sm" loading={undo.isPending} onClick={() => undo.mutate()} aria-label={t("undoOne", { name: merge.merged_name })}>{t("undo")}</Button>}
    </li>
  );
}
