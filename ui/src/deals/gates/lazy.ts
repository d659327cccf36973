import { lazy } from "react";
import { loadTexts } from "../../i18n";

/** What a deal is known by of the company's own: fetched when one is opened. */
export const DealFields = lazy(async () => {
  await loadTexts("contacts", "records");
  return import("../DealFields");
});

/** Fetched with their texts when a gate is met: most boards show none. */
export const GateDrawer = lazy(async () => {
  await loadTexts("gates", "events", "records");
  return import("./GateDrawer");
});

export const WayForward = lazy(async () => {
  await loadTexts("gates", "events");
  return import("./WayForward");
});
