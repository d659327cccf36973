import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormButtons } from "../components/FormButtons";
import { FormProblem } from "../components/FormProblem";
import { ApiProblem } from "../api/client";
import { describeError } from "../components/problem";
import type { PeopleOf } from "../funnels/PeopleDrawer";
import { forgetSegments, NAME_MAX, segmentFromPeople } from "./api";

/** Makes the people behind a number a segment of their own. */
export default function SaveAsSegment({ of, name: first, onClose }: { of: PeopleOf; name: string; onClose: () => void }) {
  const { t } = useTranslation(["segments", "common"]);
  const queries = useQueryClient();
  const [name, setName] = useState(first.slice(0, NAME_MAX));
  const save = useMutation({ mutationFn: () => segmentFromPeople(name.trim(), of), onSuccess: () => forgetSegments(queries) });
  const saved = save.data;
  const atName = save.error instanceof ApiProblem ? save.error.fields.find(({ field }) => field === "name")?.detail : undefined;
  return (
    <Modal opened onClose={onClose} title={t("save.title")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      {saved ? (
        <Stack gap="md">
          <Text role="status">{t("save.done", { count: saved.people, name: saved.name })}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t("common:actions.close")}</Button>
            <Button component={Link} to={`/contacts/segments/${saved.id}`}>{t("save.open")}</Button>
          </Group>
        </Stack>
      ) : (
        <form noValidate onSubmit={(event) => { event.preventDefault(); save.mutate(); }}>
          <Stack gap="md">
            <FormProblem message={save.error && !atName ? describeError(save.error) : null} />
            <TextInput label={t("name")} data-autofocus maxLength={NAME_MAX} value={name} error={atName} onChange={(event) => setName(event.currentTarget.value)} />
            <Text size="sm" c="dimmed">{t("save.hint")}</Text>
            <FormButtons onCancel={onClose} isSending={save.isPending} isDisabled={!name.trim()} />
          </Stack>
        </form>
      )}
    </Modal>
  );
}
