import { Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Section.module.css";

interface Props {
  title: string;
  hint?: ReactNode;
  /** Buttons beside the title. */
  actions?: ReactNode;
  children: ReactNode;
  /** The words stand at the left and the fields at the right, where there is room. */
  isForm?: boolean;
}

/** A titled part of a screen. */
export function Section({ title, hint, actions, children, isForm = false }: Props) {
  return (
    <section className={classes["root"]} data-form={isForm || undefined} aria-label={title}>
      <div className={classes["head"]}>
        <div>
          <Title order={2} size="h3">{title}</Title>
          {hint && <Text size="sm" c="dimmed" mt={4}>{hint}</Text>}
        </div>
        {actions && <div className={classes["actions"]}>{actions}</div>}
      </div>
      <div className={classes["body"]}>{children}</div>
    </section>
  );
}
