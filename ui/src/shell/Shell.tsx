import { AppShell, Drawer, NavLink, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconMenu2, IconSearch } from "@tabler/icons-react";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { LogoMark } from "./Logo";
import { BAR_SECTIONS, SECTIONS, type Section } from "./sections";
import classes from "./Shell.module.css";
import { ThemeToggle } from "./ThemeToggle";
import { useShortcuts } from "./useShortcuts";
import { UserMenu } from "./UserMenu";

const CommandPalette = lazy(() => import("./CommandPalette"));
const ShortcutHelp = lazy(() => import("./ShortcutHelp"));

const isHere = (section: Section, path: string): boolean =>
  section.path === "/" ? path === "/" : path === section.path || path.startsWith(`${section.path}/`);

/** The frame around every screen of someone signed in. */
export function Shell() {
  const { t } = useTranslation();
  const [isSearching, search] = useDisclosure(false);
  const [isHelping, help] = useDisclosure(false);
  const [isMenuOpen, menu] = useDisclosure(false);
  useShortcuts(search.open, help.open);

  return (
    <AppShell layout="alt" header={{ height: 56 }} navbar={{ width: 224, breakpoint: "sm", collapsed: { mobile: true } }} padding={0}
      footer={{ height: { base: 64, sm: 0 } }} transitionDuration={0}>
      <a className="skip-link" href="#content">{t("skipToContent")}</a>
      <AppShell.Header className={classes["header"]}>
        <span className={classes["phoneLogo"]}><LogoMark /></span>
        <UnstyledButton className={classes["search"]} onClick={search.open} aria-label={t("search.title")} aria-keyshortcuts="Control+K">
          <IconSearch size={16} aria-hidden />
          <span>{t("search.placeholder")}</span>
          <kbd>Ctrl K</kbd>
        </UnstyledButton>
        <div className={classes["tools"]}>
          <ThemeToggle />
          <UserMenu onShortcuts={help.open} />
        </div>
      </AppShell.Header>
      <AppShell.Navbar className={classes["navbar"]} component="div">
        <Link to="/" className={classes["brand"]} tabIndex={-1} aria-hidden>
          <LogoMark />
          Suppilo
        </Link>
        <nav aria-label={t("nav.label")} className={classes["links"]}>
          <SectionLinks sections={SECTIONS} />
        </nav>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} className={classes["main"]}>
        <Outlet />
      </AppShell.Main>
      <AppShell.Footer className={classes["bar"]} hiddenFrom="sm" component="div">
        <BottomBar onMore={menu.open} />
      </AppShell.Footer>
      <Drawer opened={isMenuOpen} onClose={menu.close} position="bottom" size="auto" title={t("nav.more")} padding="md"
        closeButtonProps={{ "aria-label": t("nav.closeMenu") }}>
        <nav aria-label={t("nav.more")}>
          <SectionLinks sections={SECTIONS.filter((section) => !BAR_SECTIONS.includes(section))} onGo={menu.close} />
        </nav>
      </Drawer>
      <Suspense>
        {isSearching && <CommandPalette onClose={search.close} onHelp={help.open} />}
        {isHelping && <ShortcutHelp onClose={help.close} />}
      </Suspense>
    </AppShell>
  );
}

function SectionLinks({ sections, onGo }: { sections: readonly Section[]; onGo?: () => void }) {
  const { t } = useTranslation();
  const path = useLocation({ select: (location) => location.pathname });
  return sections.map((section) => (
    <NavLink key={section.name} component={Link} to={section.path} label={t(`nav.${section.name}`)} active={isHere(section, path)}
      aria-current={isHere(section, path) ? "page" : undefined} className={classes["link"] ?? ""}
      leftSection={<section.icon size={20} stroke={1.5} aria-hidden />} {...(onGo ? { onClick: onGo } : {})} />
  ));
}

function BottomBar({ onMore }: { onMore: () => void }) {
  const { t } = useTranslation();
  const path = useLocation({ select: (location) => location.pathname });
  const isElsewhere = !BAR_SECTIONS.some((section) => isHere(section, path));
  return (
    <nav aria-label={t("nav.label")} className={classes["barLinks"]}>
      {BAR_SECTIONS.map((section) => (
        <Link key={section.name} to={section.path} className={classes["barLink"]} data-active={isHere(section, path) || undefined}
          aria-current={isHere(section, path) ? "page" : undefined}>
          <section.icon size={22} stroke={1.5} aria-hidden />
          {t(`nav.${section.name}`)}
        </Link>
      ))}
      <UnstyledButton className={classes["barLink"] ?? ""} data-active={isElsewhere || undefined} onClick={onMore} aria-haspopup="dialog">
        <IconMenu2 size={22} stroke={1.5} aria-hidden />
        {t("nav.more")}
      </UnstyledButton>
    </nav>
  );
}
