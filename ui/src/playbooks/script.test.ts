import { expect, it } from "vitest";
import { removedStep, withNewStep } from "./script";

const document = { stages: [], roles: [], objections: [], checklist: [], steps: [{ id: "start", say: "?", answers: [{ label: "yes", next: "step-2" }, { label: "no", next: "" }] }, { id: "step-2", say: "!", answers: [] }] };

it("gives an answer a step of its own", () => {
  const grown = withNewStep(document, 0, 1);
  expect(grown.steps.map(({ id }) => id)).toEqual(["start", "step-2", "step-3"]);
  expect(grown.steps[0]?.answers.map(({ next }) => next)).toEqual(["step-2", "step-3"]);
  expect(document.steps).toHaveLength(2);
});

it("keeps the answers that led to a removed step", () => {
  expect(removedStep(document, "step-2").steps).toEqual([{ id: "start", say: "?", answers: [{ label: "yes", next: "" }, { label: "no", next: "" }] }]);
});
