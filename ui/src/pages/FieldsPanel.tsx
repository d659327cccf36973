import { Text, Title } from "@mantine/core";
import type { ComponentData, Field } from "@puckeditor/core";
import { use, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Faults } from "./faults";
import { FieldErrors } from "./fields";
import { FieldStack } from "./FieldView";
import { idOf, ROOT_ZONE, useChosen, useEditor } from "./puck";

type Props = Record<string, unknown>;

/** The fields of the chosen block; of the page itself when none is chosen. */
export function FieldsPanel() {
  const { t } = useTranslation("pages");
  const item = useChosen();
  const place = useEditor((editor) => editor.appState.ui.itemSelector);
  const root = useEditor((editor) => editor.appState.data.root);
  const config = useEditor((editor) => editor.config);
  const dispatch = useEditor((editor) => editor.dispatch);
  const id = idOf(item);
  const faults = use(Faults);
  const own = useMemo(() => faults.filter((fault) => fault.id === id && fault.severity === "error"), [faults, id]);
  const errors = useMemo(() => new Map(own.map(({ field, message }) => [field, message])), [own]);
  const component = item ? config.components[item.type] : undefined;
  const fields = (item ? component?.fields : config.root?.fields) as Record<string, Field> | undefined;
  const shown = Object.fromEntries(Object.entries(fields ?? {}).filter(([, field]) => field.type !== "slot"));
  const write = (props: Props) => {
    if (!item) dispatch({ type: "replaceRoot", root: { ...root, props } });
    else if (place) dispatch({ type: "replace", destinationIndex: place.index, destinationZone: place.zone ?? ROOT_ZONE, data: { ...item, props } as ComponentData });
  };
  // What is said of the block as a whole, or of a part of it that has no field here.
  const general = own.filter(({ field }) => !((field.split(".")[0] ?? "") in shown));
  return (
    <FieldErrors value={errors}>
      <Title order={2} size="h4" mb="md">{component?.label ?? t("pageSettings")}</Title>
      {general.map(({ path, message }) => <Text key={path} size="sm" c="red" mb="sm">{message}</Text>)}
      {Object.keys(shown).length === 0 && <Text size="sm" c="dimmed">{t("noFields")}</Text>}
      <FieldStack key={id} fields={shown} name="" value={item?.props ?? root.props ?? {}} onChange={write} />
    </FieldErrors>
  );
}
