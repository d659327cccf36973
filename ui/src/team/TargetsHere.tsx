import { Anchor, Title } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import { targetsQuery } from "./api";
import { TargetCard } from "./TargetCard";
import classes from "./Team.module.css";

const SHOWN_MAX = 4;

/** The targets that concern the reader where the day begins: those of the company and the own, or one person's. Nothing where there are none. */
export default function TargetsHere({ user, withCompany = false }: { user: string | undefined; withCompany?: boolean }) {
  const { t } = useTranslation("team");
  const { data: session } = useQuery(sessionQuery);
  const { data: targets } = useQuery(targetsQuery);
  const whom = user ?? session?.user?.id;
  const isHere = (owner: string | null, team: string | null) => (owner === null && team === null ? withCompany : owner === whom);
  const shown = (targets?.items ?? []).filter(({ user_id, team_id }) => isHere(user_id, team_id)).slice(0, SHOWN_MAX);
  if (shown.length === 0) return null;
  return (
    <section className={classes["here"]} aria-label={t("targets.title")}>
      <div className={classes["sectionHead"]}>
        <Title order={2} size="h3">{t("targets.title")}</Title>
        <Anchor component={Link} to="/insights/team" size="sm" fw={550} className={classes["more"]}>{t("report.title")} <IconChevronRight size={16} aria-hidden /></Anchor>
      </div>
      <ul className={classes["cards"]}>{shown.map((target) => <TargetCard key={target.id} target={target} />)}</ul>
    </section>
  );
}
