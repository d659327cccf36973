import { useForm, type UseFormInput, type UseFormReturnType } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { placeErrors } from "./problem";

interface ApiForm<T extends Record<string, unknown>> {
  form: UseFormReturnType<T>;
  onSubmit: ReturnType<UseFormReturnType<T>["onSubmit"]>;
  isSending: boolean;
  /** What belongs above the form, see FormProblem. */
  problem: string | null;
}

/** A form that is sent to the API: field errors from problem+json land on their fields, the rest above. */
export function useApiForm<T extends Record<string, unknown>, R>(
  options: UseFormInput<T>,
  send: (values: T) => Promise<R>,
  onDone: (result: R, form: UseFormReturnType<T>) => void | Promise<void>,
): ApiForm<T> {
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm<T>({ mode: "uncontrolled", validateInputOnBlur: false, ...options });
  const mutation = useMutation({
    mutationFn: send,
    onMutate: () => setProblem(null),
    onError: (error) => setProblem(placeErrors(form, error)),
    onSuccess: (result) => onDone(result, form),
  });
  const onSubmit = form.onSubmit(
    (values) => mutation.mutate(values),
    (errors) => form.getInputNode(Object.keys(errors)[0] ?? "")?.focus(),
  );
  return { form, onSubmit, isSending: mutation.isPending, problem };
}
