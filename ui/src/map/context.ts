import { createContext, use } from "react";
import type { MapLayout } from "./layout";
import type { MapModel } from "./model";

export interface MapActions {
  mayEdit: boolean;
  open: (stageKey: string) => void;
  add: (at: number) => void;
  /** The people who left after a stage, or who reached it. */
  people: (stage: number, kind: "converted" | "dropped") => void;
}

interface MapContextValue {
  model: MapModel;
  layout: MapLayout;
  actions: MapActions;
}

export const MapContext = createContext<MapContextValue | null>(null);

/** What the cards of the map show. They stand inside the map only. */
export function useMap(): MapContextValue {
  const value = use(MapContext);
  if (!value) throw new Error("a card of the map stands outside of the map");
  return value;
}
