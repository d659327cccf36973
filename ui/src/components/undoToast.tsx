import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { showToast } from "./toasts";

const SHOWN_MS = 8_000;

/** Says what was done and offers to take it back. Fetched when it is needed, as all toasts are. */
export function toastUndo(message: string, undo: string, onUndo: () => void): void {
  const id = `undo-${Date.now()}`;
  showToast({
    id,
    color: "fjord",
    autoClose: SHOWN_MS,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm" lineClamp={2}>{message}</Text>
        <Button size="compact-sm" variant="light" style={{ flex: "none" }} onClick={() => { notifications.hide(id); onUndo(); }}>{undo}</Button>
      </Group>
    ),
  });
}
