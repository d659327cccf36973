import { Alert, Button, Drawer, Group, Stack, Text } from "@mantine/core";
import { use } from "react";
import { useTranslation } from "react-i18next";
import { Faults, type Fault } from "./faults";
import { useEditor } from "./puck";

/** Everything to mend, with the way to the block that it belongs to. */
export function FaultsDrawer({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation(["pages", "common"]);
  const faults = use(Faults);
  const config = useEditor((editor) => editor.config);
  const itemOf = useEditor((editor) => editor.getItemById);
  const placeOf = useEditor((editor) => editor.getSelectorForId);
  const dispatch = useEditor((editor) => editor.dispatch);
  const owner = ({ id }: Fault) => {
    const type = id === null ? undefined : itemOf(id)?.type;
    return type === undefined ? t("pageSettings") : (config.components[type]?.label ?? type);
  };
  const show = ({ id }: Fault) => {
    dispatch({ type: "setUi", ui: { itemSelector: id === null ? null : (placeOf(id) ?? null) } });
    onClose();
  };
  return (
    <Drawer opened={isOpen} onClose={onClose} title={t("toMend")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <Stack gap="sm">
        {faults.map((fault) => (
          <Alert key={fault.path + fault.message} color={fault.severity === "error" ? "red" : "gray"} variant="light" title={owner(fault)}>
            <Group justify="space-between" wrap="nowrap">
              <Text size="sm">{fault.message}</Text>
              <Button size="compact-sm" variant="default" style={{ flex: "none" }} onClick={() => show(fault)}>{t("show")}</Button>
            </Group>
          </Alert>
        ))}
      </Stack>
    </Drawer>
  );
}
