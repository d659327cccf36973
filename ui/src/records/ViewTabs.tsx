import { Button, Checkbox, Menu, Modal, Stack, TextInput, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBookmark, IconDeviceFloppy, IconDots, IconTrash, IconUsers } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { FormButtons } from "../components/FormButtons";
import { FormProblem } from "../components/FormProblem";
import { toastDone, toastError } from "../components/problem";
import { useApiForm } from "../components/useApiForm";
import { useMay } from "../session/useMay";
import { createView, deleteView, updateView, VIEWS, viewsQuery, type Entity, type View, type ViewDefinition } from "./api";
import classes from "./records.module.css";

interface Props {
  entity: Entity;
  /** What the list is called when no view is chosen. */
  all: string;
  viewId: string | undefined;
  /** What the list shows now. */
  definition: ViewDefinition;
  onOpen: (view: View | null) => void;
}

/** Saved lists as tabs: those that all share, and the reader's own. */
export function ViewTabs({ entity, all, viewId, definition, onOpen }: Props) {
  const { t } = useTranslation(["records", "common"]);
  const queries = useQueryClient();
  const views = useQuery(viewsQuery(entity));
  const [isSaving, saving] = useDisclosure(false);
  const here = views.data?.items.find(({ id }) => id === viewId);
  const isChanged = here !== undefined && !isSame(here.definition, definition);
  const hasSomething = Object.values(definition).some((part) => part !== null);
  const refresh = () => queries.invalidateQueries({ queryKey: [...VIEWS, entity] });
  const keep = useMutation({ mutationFn: (view: View) => updateView(view.id, { definition }), onError: toastError, onSuccess: async () => { toastDone(t("viewSaved")); await refresh(); } });
  const remove = useMutation({ mutationFn: (view: View) => deleteView(view.id), onError: toastError, onSuccess: async () => { onOpen(null); await refresh(); } });
  return (
    <nav className={classes["tabs"]} aria-label={t("views")}>
      <UnstyledButton className={classes["tab"] ?? ""} data-here={!here || undefined} aria-current={here ? undefined : "page"} onClick={() => onOpen(null)}>{all}</UnstyledButton>
      {views.data?.items.map((view) => (
        <UnstyledButton key={view.id} className={classes["tab"] ?? ""} data-here={view.id === viewId || undefined} aria-current={view.id === viewId ? "page" : undefined} onClick={() => onOpen(view)}>
          {view.name}
          {view.is_shared && <IconUsers size={14} stroke={1.5} aria-label={t("shared")} role="img" />}
        </UnstyledButton>
      ))}
      {here?.is_own && (
        <Menu>
          <Menu.Target><Button variant="subtle" color="gray" size="compact-sm" px={6} aria-label={t("viewMore", { name: here.name })}><IconDots size={16} /></Button></Menu.Target>
          <Menu.Dropdown>
            <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={() => remove.mutate(here)}>{t("removeView")}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {isChanged && here.is_own && <Button ml={4} variant="light" size="compact-sm" loading={keep.isPending} leftSection={<IconDeviceFloppy size={14} stroke={1.5} />} onClick={() => keep.mutate(here)}>{t("saveChanges")}</Button>}
      {hasSomething && (!here || isChanged) && <Button ml={4} variant="subtle" size="compact-sm" leftSection={<IconBookmark size={14} stroke={1.5} />} onClick={saving.open}>{t("saveView")}</Button>}
      {isSaving && <SaveView entity={entity} definition={definition} onClose={saving.close} onDone={async (view) => { await refresh(); saving.close(); onOpen(view); }} />}
    </nav>
  );
}

const isSame = (one: ViewDefinition, other: ViewDefinition): boolean => {
  const plain = ({ q, filter, sort, columns }: ViewDefinition) => JSON.stringify([q ?? null, filter ?? null, sort ?? null, columns ?? null]);
  return plain(one) === plain(other);
};

function SaveView({ entity, definition, onClose, onDone }: { entity: Entity; definition: ViewDefinition; onClose: () => void; onDone: (view: View) => Promise<void> }) {
  const { t } = useTranslation(["records", "common"]);
  const may = useMay();
  const { form, onSubmit, isSending, problem } = useApiForm(
    { mode: "controlled", initialValues: { name: "", is_shared: false }, validate: { name: (name) => (name.trim() ? null : t("common:form.required")) } },
    (values) => createView({ entity, ...values, definition }),
    onDone,
  );
  return (
    <Modal opened onClose={onClose} title={t("saveView")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="md">
          <FormProblem message={problem} />
          <TextInput label={t("viewName")} data-autofocus maxLength={80} {...form.getInputProps("name")} />
          {may("contacts.write") && <Checkbox label={t("shareView")} {...form.getInputProps("is_shared", { type: "checkbox" })} />}
          <FormButtons onCancel={onClose} isSending={isSending} />
        </Stack>
      </form>
    </Modal>
  );
}
