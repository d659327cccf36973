import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { FormProblem } from "../components/FormProblem";
import { useApiForm } from "../components/useApiForm";
import { DESCRIPTION_MAX, NAME_MAX } from "./saved";

interface Props {
  title: string;
  name: string;
  /** Left out where there is nothing to describe yet. */
  description?: string;
  confirm: string;
  send: (values: { name: string; description: string }) => Promise<unknown>;
  onClose: () => void;
}

/** Names an insight or a dashboard. */
export default function NameDialog({ title, name, description, confirm, send, onClose }: Props) {
  const { t } = useTranslation(["insights", "common"]);
  const { form, onSubmit, isSending, problem } = useApiForm(
    { initialValues: { name, description: description ?? "" }, validate: { name: (text: string) => (text.trim() ? null : t("nameMissing")) } },
    send,
    onClose,
  );
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="md">
          <FormProblem message={problem} />
          <TextInput label={t("name")} data-autofocus maxLength={NAME_MAX} key={form.key("name")} {...form.getInputProps("name")} />
          {description !== undefined && <Textarea label={t("description")} description={t("descriptionHint")} autosize minRows={2} maxRows={6} maxLength={DESCRIPTION_MAX} key={form.key("description")} {...form.getInputProps("description")} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t("common:actions.cancel")}</Button>
            <Button type="submit" loading={isSending}>{confirm}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
