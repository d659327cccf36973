import { Kbd, Modal } from "@mantine/core";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { SECTIONS } from "./sections";

export default function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const rows: [string[], string][] = [
    [["Ctrl K", "/"], t("shortcuts.search")],
    ...SECTIONS.map(({ name, letter }): [string[], string] => [[`g ${letter}`], t("shortcuts.goTo", { screen: t(`nav.${name}`) })]),
    [["↑ ↓"], `${t("shortcuts.tables")}: ${t("shortcuts.moveRows").toLowerCase()}`],
    [["Enter"], `${t("shortcuts.tables")}: ${t("shortcuts.openRow").toLowerCase()}`],
    [["Space"], `${t("shortcuts.tables")}: ${t("shortcuts.selectRow").toLowerCase()}`],
    [["?"], t("shortcuts.help")],
  ];
  return (
    <Modal opened onClose={onClose} title={t("shortcuts.title")} closeButtonProps={{ "aria-label": t("actions.close") }}>
      <dl style={{ display: "grid", gridTemplateColumns: "112px 1fr", rowGap: 8, margin: 0, fontSize: 14 }}>
        {rows.map(([keys, text]) => (
          <Fragment key={text}>
            <dt>{keys.map((key, index) => <Fragment key={key}>{index > 0 && " "}{key.split(" ").map((part) => <Kbd key={part} size="xs" mr={4}>{part}</Kbd>)}</Fragment>)}</dt>
            <dd style={{ margin: 0 }}>{text}</dd>
          </Fragment>
        ))}
      </dl>
    </Modal>
  );
}
