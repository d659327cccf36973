import { Text, Title } from "@mantine/core";
import type { ComponentType, ReactNode } from "react";
import classes from "./EmptyState.module.css";

interface Props {
  icon: ComponentType<{ size?: number | string; stroke?: number | string }>;
  title: string;
  /** What to do next, in a sentence or two. */
  hint?: ReactNode;
  actions?: ReactNode;
  isCompact?: boolean;
  /** 1 where it is all that the page has. */
  headingOrder?: 1 | 2;
}

/** Says what would be here and what to do about it. */
export function EmptyState({ icon: Icon, title, hint, actions, isCompact = false, headingOrder = 2 }: Props) {
  return (
    <div className={classes["root"]} data-compact={isCompact || undefined}>
      <span className={classes["icon"]} aria-hidden>
        <Icon size={24} stroke={1.5} />
      </span>
      <Title order={headingOrder} size="h3">{title}</Title>
      {hint && <Text c="dimmed" size="sm" maw={440}>{hint}</Text>}
      {actions && <div className={classes["actions"]}>{actions}</div>}
    </div>
  );
}
