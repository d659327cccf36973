import { Button, Menu, Modal, Select, Stack, TagsInput, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChartCircles, IconPencil, IconTag, IconTagOff, IconTrash, IconUser } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { FormButtons } from "../components/FormButtons";
import { FormProblem } from "../components/FormProblem";
import { describeError, toastError } from "../components/problem";
import { loadTexts, useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { startBulk, type BulkRequest, type Entity } from "./api";
import type { ListField } from "./fields";
import { followBulk } from "./followBulk";
import { ValueInput } from "./ValueInput";

const AddToSegment = lazy(async () => {
  await loadTexts("segments");
  return import("../segments/AddToSegment");
});

interface Props {
  entity: Entity;
  keys: readonly string[];
  /** All that the list shows, not only the rows that are here. */
  isAll: boolean;
  total: number;
  isTotalExact: boolean;
  selection: NonNullable<BulkRequest["selection"]>;
  /** Fields that can be set to one value for many. */
  fields: readonly ListField[];
  onDone: () => void;
}

type Doing = "add_tags" | "remove_tags" | "set" | null;

/** What can be done with the rows that are chosen. Each is a job of the server's, with its progress and a way back. */
export function BulkBar(props: Props) {
  const { t } = useTranslation(["records", "common"]);
  const format = useFormat();
  const may = useMay();
  const queries = useQueryClient();
  const [doing, setDoing] = useState<Doing>(null);
  const [field, setField] = useState<string>();
  const [isRemoving, removing] = useDisclosure(false);
  const [isGathering, gathering] = useDisclosure(false);
  const { entity, keys, isAll, selection, fields, onDone } = props;
  const start = useMutation({
    mutationFn: (action: BulkRequest["action"]) => startBulk(entity, { ...(isAll ? {} : { ids: [...keys] }), selection: isAll ? selection : {}, action }),
    onSuccess: (edit) => { setDoing(null); removing.close(); onDone(); void followBulk(edit, queries); },
  });
  const open = (what: Doing, name?: string) => { start.reset(); setField(name); setDoing(what); };
  const count = isAll ? props.total : keys.length;
  const counted = format.integer(count) + (isAll && !props.isTotalExact ? "+" : "");
  if (!may("contacts.write")) return null;
  return (
    <>
      <Button variant="default" size="compact-sm" leftSection={<IconTag size={16} stroke={1.5} />} onClick={() => open("add_tags")}>{t("addTags")}</Button>
      <Button variant="default" size="compact-sm" leftSection={<IconUser size={16} stroke={1.5} />} onClick={() => open("set", "owner_id")}>{t("setOwner")}</Button>
      {entity === "contact" && may("segments.write") && <Button variant="default" size="compact-sm" leftSection={<IconChartCircles size={16} stroke={1.5} />} onClick={gathering.open}>{t("addToSegment")}</Button>}
      <Menu>
        <Menu.Target><Button variant="default" size="compact-sm" leftSection={<IconPencil size={16} stroke={1.5} />}>{t("more")}</Button></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} stroke={1.5} />} onClick={() => open("set")}>{t("setField")}</Menu.Item>
          <Menu.Item leftSection={<IconTagOff size={16} stroke={1.5} />} onClick={() => open("remove_tags")}>{t("removeTags")}</Menu.Item>
          {may("contacts.delete") && <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={() => { start.reset(); removing.open(); }}>{t("common:actions.delete")}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      <Suspense>{isGathering && <AddToSegment ids={isAll ? null : keys} selection={selection} onClose={gathering.close} onDone={() => { gathering.close(); onDone(); }} />}</Suspense>
      {doing && <EditMany entity={entity} doing={doing} first={field} counted={counted} fields={fields} isSending={start.isPending} problem={start.error && describeError(start.error)} onClose={() => setDoing(null)} onSend={(action) => start.mutate(action)} />}
      <ConfirmDialog isOpen={isRemoving} title={t("removeMany", { count, counted })} confirm={t("common:actions.delete")} isHarmful isBusy={start.isPending} onCancel={removing.close}
        onConfirm={() => start.mutate({ remove: true }, { onError: (error) => { removing.close(); toastError(error); } })}>
        {t("removeManyText")}
      </ConfirmDialog>
    </>
  );
}

interface EditProps {
  entity: Entity;
  doing: Exclude<Doing, null>;
  first: string | undefined;
  counted: string;
  fields: readonly ListField[];
  isSending: boolean;
  problem: string | null;
  onClose: () => void;
  onSend: (action: BulkRequest["action"]) => void;
}

function EditMany({ entity, doing, first, counted, fields, isSending, problem, onClose, onSend }: EditProps) {
  const { t } = useTranslation(["records", "common"]);
  const [tags, setTags] = useState<string[]>([]);
  const [name, setName] = useState(first ?? fields[0]?.name ?? "");
  const [value, setValue] = useState<unknown>(null);
  const field = fields.find((one) => one.name === name);
  const send = () => {
    if (doing !== "set") { onSend(doing === "add_tags" ? { add_tags: tags } : { remove_tags: tags }); return; }
    onSend({ set: asChange(entity, name, value === "" ? null : value) });
  };
  const title = { add_tags: t("addTags"), remove_tags: t("removeTags"), set: first === "owner_id" ? t("setOwner") : t("setField") }[doing];
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={(event) => { event.preventDefault(); send(); }} noValidate>
        <Stack gap="md">
          <FormProblem message={problem} />
          <Text size="sm" c="dimmed">{t("forMany", { counted })}</Text>
          {doing === "set" ? (
            <>
              {first === undefined && <Select label={t("field")} searchable data={fields.map((one) => ({ value: one.name, label: one.label }))} value={name} onChange={(next) => { setName(next ?? name); setValue(null); }} />}
              {field && <ValueInput key={name} field={field} label={first === undefined ? t("newValue") : field.label} description={t("emptyClears")} value={value} onChange={setValue} />}
            </>
          ) : (
            <TagsInput label={t("tags")} data-autofocus value={tags} onChange={setTags} />
          )}
          <FormButtons onCancel={onClose} isSending={isSending} label={t("apply")} isDisabled={doing !== "set" && tags.length === 0} />
        </Stack>
      </form>
    </Modal>
  );
}

/** A field's name with a value, as a change of the entity has it. */
export function asChange(entity: Entity, name: string, value: unknown): Record<string, unknown> {
  const key = name.startsWith("fields.") ? name.slice("fields.".length) : null;
  if (key !== null) return { [entity === "contact" ? "traits" : "fields"]: { [key]: value } };
  return { [name]: value === null && !name.endsWith("_id") ? "" : value };
}
