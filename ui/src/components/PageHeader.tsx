import { Anchor, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconChevronLeft } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import classes from "./PageHeader.module.css";

interface Props {
  title: string;
  lead?: ReactNode;
  /** Buttons and pickers at the right; below the title on a phone. */
  actions?: ReactNode;
  /** Where one came from. */
  back?: { to: string; label: string };
}

export function PageHeader({ title, lead, actions, back }: Props) {
  useDocumentTitle(`${title} · Suppilo`);
  return (
    <header className={classes["root"]}>
      <div>
        {back && (
          <Anchor component={Link} to={back.to} size="sm" className={classes["back"]}>
            <IconChevronLeft size={16} aria-hidden />
            {back.label}
          </Anchor>
        )}
        <Title order={1}>{title}</Title>
        {lead && <Text component="div" c="dimmed" mt={4}>{lead}</Text>}
      </div>
      {actions && <div className={classes["actions"]}>{actions}</div>}
    </header>
  );
}
