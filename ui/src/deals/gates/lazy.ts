import { lazy } from "react";
import { loadTexts } from "../../i18n";

/** Fetched with their texts when a gate is met: most boards show none. */
export const GateDrawer = lazy(async () => {
  await loadTexts("gates", "events", "records");
  return import("./GateDrawer");
});

export const WayForward = lazy(async () => {
  await loadTexts("gates", "events");
  return import("./WayForward");
});
