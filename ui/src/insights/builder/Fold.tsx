import { Badge, Collapse, UnstyledButton } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { IconChevronDown } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Builder.module.css";

interface Props {
  title: string;
  /** How many of the things inside are set: shown while it is closed, and it opens by itself when there are any. */
  count: number;
  children: ReactNode;
}

/** What most questions do not need, behind its name. */
export function Fold({ title, count, children }: Props) {
  const { t } = useTranslation("insights");
  const [isOpen, setIsOpen] = useState(count > 0);
  const id = useId();
  return (
    <div className={classes["foldRoot"]}>
      <UnstyledButton className={classes["fold"] ?? ""} aria-expanded={isOpen} aria-controls={id} onClick={() => setIsOpen(!isOpen)}>
        <span className={classes["foldSign"]}>
          {title}
          {count > 0 && <Badge size="sm" circle={count < 10} aria-label={t("setCount", { count })}>{count}</Badge>}
        </span>
        <IconChevronDown size={16} aria-hidden />
      </UnstyledButton>
      <Collapse expanded={isOpen} id={id}>
        <div className={classes["foldBody"]}>{children}</div>
      </Collapse>
    </div>
  );
}

/** A titled part of the builder. */
export function Part({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes["part"]} aria-label={title}>
      <h2 className={classes["partHead"]}>{title}{actions}</h2>
      {children}
    </section>
  );
}
