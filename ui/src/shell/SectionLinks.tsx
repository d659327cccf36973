import { Link, useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { TodayCount } from "../today/TodayCount";
import type { Section } from "./sections";
import classes from "./Shell.module.css";

export const isHere = (section: Section, path: string): boolean =>
  section.path === "/" ? path === "/" : path === section.path || path.startsWith(`${section.path}/`);

export function SectionLinks({ sections, onGo }: { sections: readonly Section[]; onGo?: () => void }) {
  const { t } = useTranslation();
  const path = useLocation({ select: (location) => location.pathname });
  return sections.map((section) => (
    <Link key={section.name} to={section.path} className={classes["link"]} data-here={isHere(section, path) || undefined}
      aria-current={isHere(section, path) ? "page" : undefined} {...(onGo ? { onClick: onGo } : {})}>
      <section.icon size={20} stroke={1.5} aria-hidden />
      {t(`nav.${section.name}`)}
      {section.name === "today" && <TodayCount />}
    </Link>
  ));
}
