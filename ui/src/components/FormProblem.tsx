import { Alert } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";

/** Above a form: the errors that belong to no single field. Takes no room while there are none. */
export function FormProblem({ message }: { message: string | null }) {
  if (!message) return null;
  return (
    <Alert role="alert" color="red" variant="light" icon={<IconAlertCircle size={20} />}>
      {message}
    </Alert>
  );
}
