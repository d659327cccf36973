import "virtual:mantine-styles";
import "./styles.css";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { whenSignedOut } from "./api/client";
import { createQueryClient, sessionQuery } from "./api/queries";
import { changeLanguage, hasChosenLanguage, parseLanguage, startTexts } from "./i18n";
import { makeRouter } from "./router";
import { cssVariables, theme } from "./theme";

// The same key is read by public/color-scheme.js before the first paint.
const colorSchemeManager = localStorageColorSchemeManager({ key: "suppilo-color-scheme" });
const queries = createQueryClient();
const router = makeRouter(queries);

whenSignedOut(() => {
  queries.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
  void queries.invalidateQueries({ queryKey: sessionQuery.queryKey }).then(() => router.invalidate());
});

/** A language chosen on this device wins; without one, the account's is used. */
async function followAccountLanguage(): Promise<void> {
  if (hasChosenLanguage()) return;
  const session = await queries.query(sessionQuery).catch(() => null);
  const language = parseLanguage(session?.user?.locale);
  if (language) await changeLanguage(language, { remember: false });
}

const host = document.getElementById("root");
if (!host) throw new Error("index.html has no element with the id root");

// Side by side: the texts, and the session that decides which screen comes first.
await Promise.all([startTexts(), queries.query(sessionQuery).catch(() => null)]);
await followAccountLanguage();
createRoot(host).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} colorSchemeManager={colorSchemeManager} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
