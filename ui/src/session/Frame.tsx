import { Menu, Button, Text } from "@mantine/core";
import { IconLanguage } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../format";
import { changeLanguage, LANGUAGE_NAMES, parseLanguage } from "../i18n";
import { LogoMark } from "../shell/Logo";
import { ThemeToggle } from "../shell/ThemeToggle";
import { FunnelArt } from "./FunnelArt";
import classes from "./Frame.module.css";

/** The frame of the screens before one is signed in: the form at the left, the drawing at the right. */
export function Frame({ children, isWide = false }: { children: ReactNode; isWide?: boolean }) {
  const { t, i18n } = useTranslation(["session", "common"]);
  return (
    <div className={classes["root"]} data-wide={isWide || undefined}>
      <div className={classes["side"]}>
        <header className={classes["header"]}>
          <span className={classes["brand"]}><LogoMark /> Suppilo</span>
          <span className={classes["tools"]}>
            <Menu>
              <Menu.Target>
                <Button variant="subtle" color="gray" size="compact-md" leftSection={<IconLanguage size={18} stroke={1.5} />}>
                  {LANGUAGE_NAMES[parseLanguage(i18n.language) ?? "en"]}
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {LANGUAGES.map((language) => (
                  <Menu.Item key={language} lang={language} onClick={() => void changeLanguage(language)}>{LANGUAGE_NAMES[language]}</Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
            <ThemeToggle />
          </span>
        </header>
        <main className={classes["main"]}>{children}</main>
      </div>
      <aside className={classes["art"]} aria-hidden>
        <FunnelArt />
        <Text className={classes["claim"] ?? ""}>{t("session:claim")}</Text>
      </aside>
    </div>
  );
}
