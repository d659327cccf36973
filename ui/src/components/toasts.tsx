import "@mantine/notifications/styles.css";
import { MantineProvider } from "@mantine/core";
import { Notifications, notifications, type NotificationData } from "@mantine/notifications";
import i18next from "i18next";
import { createRoot } from "react-dom/client";
import { theme } from "../theme";

const HOST_ID = "toasts";

/** Their own small tree, so that the first load need not know them. The page's provider already set the variables. */
function ensureHost(): void {
  if (document.getElementById(HOST_ID)) return;
  const host = document.body.appendChild(document.createElement("div"));
  host.id = HOST_ID;
  createRoot(host).render(
    <MantineProvider theme={theme} withCssVariables={false} withGlobalClasses={false} defaultColorScheme="auto"
      // The page's own provider keeps the colour scheme; a second one must not write it.
      getRootElement={() => host}>
      <Notifications position="bottom-right" zIndex={400} />
    </MantineProvider>,
  );
}

export function showToast(content: NotificationData): void {
  ensureHost();
  notifications.show({ closeButtonProps: { "aria-label": i18next.t("actions.close", { ns: "common" }) }, ...content });
}
