import { Modal, Text, TextInput } from "@mantine/core";
import { IconKeyboard, IconLogout, IconMoon, IconSearch, type Icon } from "@tabler/icons-react";
import { useMantineColorScheme } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useSignOut } from "../session/useSignOut";
import classes from "./CommandPalette.module.css";
import { SECTIONS } from "./sections";

/** Something that can be chosen by name. */
export interface Command {
  id: string;
  group: string;
  label: string;
  icon: Icon;
  run: () => void;
}

/** Everything that the search box offers. Screens add theirs here: a group, a name, what to do. */
function useCommands(onHelp: () => void): Command[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { toggleColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  const actions = t("search.actions");
  return [
    ...SECTIONS.map((section) => ({
      id: section.name,
      group: t("search.screens"),
      label: t(`nav.${section.name}`),
      icon: section.icon,
      run: () => void navigate({ to: section.path }),
    })),
    { id: "theme", group: actions, label: `${t("theme.toDark")} / ${t("theme.toLight").toLowerCase()}`, icon: IconMoon, run: toggleColorScheme },
    { id: "shortcuts", group: actions, label: t("user.shortcuts"), icon: IconKeyboard, run: onHelp },
    { id: "sign-out", group: actions, label: t("user.signOut"), icon: IconLogout, run: () => void signOut() },
  ];
}

export default function CommandPalette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const wanted = text.trim().toLowerCase();
  const found = useCommands(onHelp).filter((command) => command.label.toLowerCase().includes(wanted));
  const optionId = (index: number) => `${id}-${index}`;

  function run(command: Command | undefined) {
    if (!command) return;
    onClose();
    command.run();
  }

  function onKeyDown(event: KeyboardEvent) {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move !== undefined && found.length > 0) {
      event.preventDefault();
      const next = (active + move + found.length) % found.length;
      setActive(next);
      document.getElementById(optionId(next))?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(found[active]);
    }
  }

  return (
    <Modal opened onClose={onClose} withCloseButton={false} padding={0} size={560} yOffset="12vh" centered={false}
      attributes={{ content: { "aria-label": t("search.title") } }}>
      <TextInput data-autofocus variant="unstyled" size="md" className={classes["input"]} value={text} placeholder={t("search.placeholder")}
        aria-label={t("search.title")} role="combobox" aria-expanded aria-controls={`${id}-list`}
        aria-activedescendant={found.length > 0 ? optionId(active) : undefined} leftSection={<IconSearch size={18} aria-hidden />}
        onChange={(event) => { setText(event.currentTarget.value); setActive(0); }} onKeyDown={onKeyDown} />
      <div id={`${id}-list`} role="listbox" aria-label={t("search.title")} className={classes["list"]}>
        {found.map((command, index) => (
          <div key={command.id} role="presentation">
            {found[index - 1]?.group !== command.group && <div className={classes["group"]} role="presentation">{command.group}</div>}
            <div id={optionId(index)} role="option" aria-selected={index === active} className={classes["option"]}
              onMouseMove={() => setActive(index)} onClick={() => run(command)}>
              <command.icon size={18} stroke={1.5} aria-hidden />
              {command.label}
            </div>
          </div>
        ))}
        {found.length === 0 && <Text c="dimmed" size="sm" p="md">{t("search.nothing", { text })}</Text>}
      </div>
      <div className={classes["hint"]}>{t("search.hint")}</div>
    </Modal>
  );
}
