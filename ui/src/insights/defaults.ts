import type { Funnel } from "../api/types";
import type { Catalog } from "./api";
import { STEPS_MIN, type Asks, type InsightState, type Kind } from "./ask";
import { eventsName } from "./names";

const PAGE_VIEW = "Page Viewed";

/** What people do who are still with us. */
const SIGNS_OF_LIFE = [PAGE_VIEW, "Offer Viewed", "Email Opened", "Email Link Clicked"];

/** What is usually asked of each kind, from what there is: a question to begin with is better than an empty form. */
export function defaultAsk<K extends Kind>(kind: K, catalog: Catalog, funnel: Funnel | undefined): Asks[K] {
  const names = catalog.events.map(({ name }) => name);
  const common = names.includes(PAGE_VIEW) ? PAGE_VIEW : names[0];
  const event = common === undefined ? [] : [common];
  const asks: { [Of in Kind]: () => Asks[Of] } = {
    funnel: () => {
      const stages = funnel?.stages.map((stage) => ({ event: [stage.event].flat(), name: stage.name })) ?? [];
      if (stages.length >= STEPS_MIN) return { steps: stages };
      const second = names.find((name) => name !== common);
      return { steps: [{ event }, { event: second === undefined ? [] : [second] }] };
    },
    trend: () => ({ series: [{ event, measure: "unique" }] }),
    // Whether leads come back says more than whether visitors do, who are often somebody new each time.
    retention: () => {
      const lead = [funnel?.stages[1]?.event ?? []].flat().filter((name) => names.includes(name));
      const returning = SIGNS_OF_LIFE.filter((name) => names.includes(name) && !lead.includes(name));
      return lead.length > 0 && returning.length > 0 ? { event: lead, returning } : { event };
    },
    lifecycle: () => ({ event }),
    time_in_stage: () => {
      const known = (...wanted: string[]) => wanted.filter((name) => names.includes(name));
      const exit = known("Deal Won", "Deal Lost");
      return { event: known("Stage Entered"), prop: "stage", ...(catalog.properties.includes("deal") ? { unit: "deal" } : {}), ...(exit.length > 0 ? { exit } : {}) };
    },
    paths: () => (common === PAGE_VIEW ? { by_prop: [{ event: PAGE_VIEW, prop: "path" }] } : {}),
  };
  return asks[kind]();
}

/** A name for an insight that has none yet: what it asks, in short. */
export function suggestedName(state: InsightState, ask: Asks[Kind], kindName: string): string {
  const of = { ...state, ask } as InsightState & { ask: Asks[Kind] };
  const name = ((): string => {
    switch (of.kind) {
      case "funnel": {
        const steps = of.ask.steps.filter(({ event }) => event.length > 0).map((step) => step.name ?? eventsName(step.event));
        return [steps[0], steps.at(-1)].filter(Boolean).join(" → ");
      }
      case "trend":
        return of.ask.formula ?? of.ask.series.filter(({ event }) => event.length > 0).map((one) => one.name ?? eventsName(one.event)).join(", ");
      case "paths":
        return of.ask.start ?? of.ask.end ?? "";
      case "retention":
      case "time_in_stage":
      case "lifecycle":
        return eventsName(of.ask.event);
    }
  })();
  return name === "" ? kindName : `${kindName}: ${name}`;
}
