import { UnstyledButton } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActivityEntry } from "../activities/ActivityEntry";
import type { Activity } from "../activities/api";
import timeline from "../people/Timeline.module.css";
import classes from "./Emails.module.css";

/** The e-mails of a conversation that came before the one above, folded until somebody asks for them. */
export default function Conversation({ earlier }: { earlier: readonly Activity[] }) {
  const { t } = useTranslation("emails");
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div className={classes["earlier"]}>
      <UnstyledButton className={classes["earlierHead"] ?? ""} aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        <IconChevronDown size={16} stroke={1.5} aria-hidden />{t("earlier", { count: earlier.length })}
      </UnstyledButton>
      {isOpen && <ol className={timeline["events"]}>{earlier.map((activity) => <ActivityEntry key={activity.id} activity={activity} isNested />)}</ol>}
    </div>
  );
}
