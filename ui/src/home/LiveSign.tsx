import { useTranslation } from "react-i18next";
import classes from "./LiveSign.module.css";

/** Whether the numbers on the screen move by themselves right now. */
export function LiveSign({ isConnected }: { isConnected: boolean }) {
  const { t } = useTranslation("home");
  return (
    <span className={classes["live"]} data-connected={isConnected || undefined} role="status" title={isConnected ? t("liveHint") : t("reconnectingHint")}>
      <i aria-hidden />
      {isConnected ? t("live") : t("reconnecting")}
    </span>
  );
}
