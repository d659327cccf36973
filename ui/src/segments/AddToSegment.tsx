import { Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormButtons } from "../components/FormButtons";
import { FormProblem } from "../components/FormProblem";
import { describeError, toastDone } from "../components/problem";
import { fetchContacts } from "../contacts/api";
import { useFormat } from "../i18n";
import type { Condition } from "../records/filter";
import { choosePeople, createSegment, forgetSegments, NAME_MAX, segmentsQuery } from "./api";

/** People of a list who can be chosen at once. */
const PEOPLE_MAX = 10_000;

interface Props {
  /** The contacts; null for all that the list shows. */
  ids: readonly string[] | null;
  selection: { q?: string | null; filter?: Condition | null };
  onClose: () => void;
  onDone: () => void;
}

/** Puts contacts into a segment that is chosen by hand: one there is, or a new one. */
export default function AddToSegment({ ids, selection, onClose, onDone }: Props) {
  const { t } = useTranslation(["segments", "common"]);
  const format = useFormat();
  const queries = useQueryClient();
  const { data } = useQuery(segmentsQuery);
  const chosen = (data?.items ?? []).filter(({ rule }) => rule === null);
  const [to, setTo] = useState<string | null>(null);
  const [name, setName] = useState("");
  const isNew = to === null || to === "";
  const add = useMutation({
    mutationFn: async () => {
      const people = ids ?? (await idsOf(selection));
      if (people === null) throw new TooMany();
      const id = isNew ? (await createSegment({ name: name.trim() })).id : to;
      return { segment: await choosePeople(id, { add: people }), count: people.length };
    },
    onSuccess: async ({ segment, count }) => {
      toastDone(t("added", { count, name: segment.name }));
      onDone();
      await forgetSegments(queries);
    },
  });
  const problem = add.error && (add.error instanceof TooMany ? t("tooMany", { most: format.integer(PEOPLE_MAX) }) : describeError(add.error));
  return (
    <Modal opened onClose={onClose} title={t("addTo")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form noValidate onSubmit={(event) => { event.preventDefault(); add.mutate(); }}>
        <Stack gap="md">
          <FormProblem message={problem} />
          {chosen.length > 0 && <Select label={t("segment")} searchable allowDeselect={false} data={[{ value: "", label: t("newSegment") }, ...chosen.map(({ id, name: label }) => ({ value: id, label }))]} value={to ?? ""} onChange={setTo} />}
          {isNew && <TextInput label={t("name")} data-autofocus maxLength={NAME_MAX} value={name} onChange={(event) => setName(event.currentTarget.value)} />}
          <Text size="sm" c="dimmed">{t("addToHint")}</Text>
          <FormButtons onCancel={onClose} isSending={add.isPending} label={t("addTo")} isDisabled={isNew && !name.trim()} />
        </Stack>
      </form>
    </Modal>
  );
}

class TooMany extends Error {}

/** Everybody whom a list shows, page by page; null when they are too many. */
async function idsOf({ q, filter }: Props["selection"]): Promise<string[] | null> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await fetchContacts({ q: q ?? undefined, filter: filter ? JSON.stringify(filter) : undefined }, cursor);
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.next_cursor;
  } while (cursor && ids.length <= PEOPLE_MAX);
  return ids.length > PEOPLE_MAX ? null : ids;
}
