import { NativeSelect, Text } from "@mantine/core";
import { IconLanguage } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES, type Language } from "../format";
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
            <NativeSelect aria-label={t("common:user.language")} variant="unstyled" value={parseLanguage(i18n.language) ?? "en"} w={136}
              leftSection={<IconLanguage size={18} stroke={1.5} aria-hidden />} data={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
              onChange={(event) => void changeLanguage(event.currentTarget.value as Language)} />
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
