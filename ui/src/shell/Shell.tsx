import { UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconMenu2, IconSearch } from "@tabler/icons-react";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { LogoMark } from "./Logo";
import { isHere, SectionLinks } from "./SectionLinks";
import { BAR_SECTIONS, SECTIONS } from "./sections";
import classes from "./Shell.module.css";
import { ThemeToggle } from "./ThemeToggle";
import { useShortcuts } from "./useShortcuts";
import { UserMenu } from "./UserMenu";

const NotificationBell = lazy(async () => ({ default: (await import("../today/NotificationBell")).NotificationBell }));
const CommandPalette = lazy(() => import("./CommandPalette"));
const MoreDrawer = lazy(() => import("./MoreDrawer"));
const ShortcutHelp = lazy(() => import("./ShortcutHelp"));

/**
 * The frame around every screen of someone signed in. Drawn with a plain grid: Mantine's AppShell, menus and drawers
 * together cost a fifth of the first load, so what opens on demand is fetched on demand.
 */
export function Shell() {
  const { t } = useTranslation();
  const [isSearching, search] = useDisclosure(false);
  const [isHelping, help] = useDisclosure(false);
  const [isMenuOpen, menu] = useDisclosure(false);
  useShortcuts(search.open, help.open);

  return (
    <div className={classes["root"]}>
      <a className="skip-link" href="#content">{t("skipToContent")}</a>
      <div className={classes["navbar"]}>
        <Link to="/" className={classes["brand"]} tabIndex={-1} aria-hidden>
          <LogoMark />
          Suppilo
        </Link>
        <nav aria-label={t("nav.label")} className={classes["links"]}>
          <SectionLinks sections={SECTIONS} />
        </nav>
      </div>
      <header className={classes["header"]}>
        <span className={classes["phoneLogo"]}><LogoMark /></span>
        <UnstyledButton className={classes["search"]} onClick={search.open} aria-keyshortcuts="Control+K">
          <IconSearch size={16} aria-hidden />
          <span>{t("search.placeholder")}</span>
          <kbd aria-hidden>Ctrl K</kbd>
        </UnstyledButton>
        <div className={classes["tools"]}>
          <Suspense><NotificationBell /></Suspense>
          <ThemeToggle />
          <UserMenu onShortcuts={help.open} />
        </div>
      </header>
      <main id="content" tabIndex={-1} className={classes["main"]}>
        <Outlet />
      </main>
      <BottomBar onMore={menu.open} />
      <Suspense>
        {isSearching && <CommandPalette onClose={search.close} onHelp={help.open} />}
        {isHelping && <ShortcutHelp onClose={help.close} />}
        {isMenuOpen && <MoreDrawer onClose={menu.close} />}
      </Suspense>
    </div>
  );
}

function BottomBar({ onMore }: { onMore: () => void }) {
  const { t } = useTranslation();
  const path = useLocation({ select: (location) => location.pathname });
  const isElsewhere = !BAR_SECTIONS.some((section) => isHere(section, path));
  return (
    <nav aria-label={t("nav.label")} className={classes["bar"]}>
      {BAR_SECTIONS.map((section) => (
        <Link key={section.name} to={section.path} className={classes["barLink"]} data-here={isHere(section, path) || undefined}
          aria-current={isHere(section, path) ? "page" : undefined}>
          <section.icon size={22} stroke={1.5} aria-hidden />
          {t(`nav.${section.name}`)}
        </Link>
      ))}
      <UnstyledButton className={classes["barLink"]} data-here={isElsewhere || undefined} onClick={onMore} aria-haspopup="dialog">
        <IconMenu2 size={22} stroke={1.5} aria-hidden />
        {t("nav.more")}
      </UnstyledButton>
    </nav>
  );
}
