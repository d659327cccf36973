import type { PlaybookDoc } from "./api";

/** The script with a new step, to which an answer leads. */
export function withNewStep(document: PlaybookDoc, step: number, answer: number): PlaybookDoc {
  let number = document.steps.length + 1;
  while (document.steps.some(({ id }) => id === `step-${number}`)) number += 1;
  const id = `step-${number}`;
  const steps = document.steps.map((one, index) =>
    index === step ? { ...one, answers: one.answers.map((given, at) => (at === answer ? { ...given, next: id } : given)) } : one,
  );
  return { ...document, steps: [...steps, { id, say: "", answers: [] }] };
}

/** The script without a step. Answers that led there stay and lead nowhere yet: the author chooses where. */
export function removedStep(document: PlaybookDoc, id: string): PlaybookDoc {
  const steps = document.steps
    .filter((step) => step.id !== id)
    .map((step) => ({ ...step, answers: step.answers.map((answer) => (answer.next === id ? { ...answer, next: "" } : answer)) }));
  return { ...document, steps };
}
