import { Button, FileButton, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormProblem } from "../components/FormProblem";
import { toastError } from "../components/problem";
import { useApiForm } from "../components/useApiForm";
import { filesQuery, uploadFile } from "../api/files";
import { deleteMagnet, MAGNETS, saveMagnet, type GiftKind, type Magnet, type MagnetRequest } from "./api";

const KINDS: readonly GiftKind[] = ["file", "code", "url"];

interface Values extends Record<string, unknown> {
  name: string;
  kind: GiftKind;
  file_id: string;
  code: string;
  url: string;
}

const requestOf = ({ name, kind, file_id, code, url }: Values): MagnetRequest =>
  kind === "file" ? { name, kind, file_id } : kind === "code" ? { name, kind, code } : { name, kind, url };

export default function MagnetForm({ magnet, onClose }: { magnet: Magnet | null; onClose: () => void }) {
  const { t } = useTranslation(["pages", "common"]);
  const queries = useQueryClient();
  const files = useQuery(filesQuery).data?.items ?? [];
  const [asksDelete, setAsksDelete] = useState(false);
  const done = async () => {
    await queries.invalidateQueries({ queryKey: MAGNETS });
    onClose();
  };
  const { form, onSubmit, isSending, problem } = useApiForm<Values, Magnet>(
    {
      mode: "controlled",
      initialValues: { name: magnet?.name ?? "", kind: "file", file_id: "", code: "", url: "", ...magnet },
      validate: { name: (name) => (name.trim() ? null : t("nameMissing")), file_id: (id, { kind }) => (kind === "file" && !id ? t("fileMissing") : null) },
    },
    (values) => saveMagnet(magnet?.id ?? null, requestOf(values)),
    done,
  );
  const upload = useMutation({
    mutationFn: uploadFile,
    onSuccess: async ({ id }) => { await queries.invalidateQueries({ queryKey: filesQuery.queryKey }); form.setFieldValue("file_id", id); },
    onError: toastError,
  });
  const remove = useMutation({ mutationFn: (id: string) => deleteMagnet(id), onSuccess: done, onError: toastError });
  const { kind } = form.values;
  return (
    <Modal opened onClose={onClose} title={magnet ? magnet.name : t("addMagnet")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="md">
          <FormProblem message={problem} />
          <TextInput label={t("name")} data-autofocus {...form.getInputProps("name")} />
          <Select label={t("gift")} allowDeselect={false} data={KINDS.map((value) => ({ value, label: t(`gifts.${value}`) }))} {...form.getInputProps("kind")} />
          {kind === "file" && (
            <Group align="flex-end" wrap="nowrap">
              <Select style={{ flex: 1 }} label={t("file")} searchable placeholder={t("chooseFile")} data={files.map(({ id, name }) => ({ value: id, label: name }))} {...form.getInputProps("file_id")} />
              <FileButton onChange={(file) => file && upload.mutate(file)}>
                {(props) => <Button {...props} variant="default" loading={upload.isPending} leftSection={<IconUpload size={16} stroke={1.5} />}>{t("upload")}</Button>}
              </FileButton>
            </Group>
          )}
          {kind === "code" && <TextInput label={t("gifts.code")} {...form.getInputProps("code")} />}
          {kind === "url" && <TextInput label={t("gifts.url")} type="url" placeholder="https://" {...form.getInputProps("url")} />}
          {asksDelete && <Text size="sm">{t("deleteMagnetText")}</Text>}
          <Group justify="space-between">
            {magnet ? <Button variant="subtle" color="red" loading={remove.isPending} onClick={() => (asksDelete ? remove.mutate(magnet.id) : setAsksDelete(true))}>{asksDelete ? t("deleteForGood") : t("common:actions.delete")}</Button> : <span />}
            <Group>
              <Button variant="default" onClick={onClose}>{t("common:actions.cancel")}</Button>
              <Button type="submit" loading={isSending}>{t("common:actions.save")}</Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
