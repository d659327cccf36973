import { Loader, Modal, Text, TextInput, useMantineColorScheme } from "@mantine/core";
import { useDebouncedValue, useMediaQuery } from "@mantine/hooks";
import { IconKeyboard, IconLogout, IconMoon, IconSearch, type Icon } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { describeError } from "../components/problem";
import { useSignOut } from "../session/useSignOut";
import classes from "./CommandPalette.module.css";
import { Pieces } from "./Pieces";
import { hitPath, NOUN_SECTION, useFound } from "./search";
import { SECTIONS } from "./sections";

/** Letters typed in quick succession are one question. */
const TYPING_MS = 120;

/** Something that can be chosen by name. */
export interface Command {
  id: string;
  group: string;
  label: string;
  /** What is shown in place of the plain label. */
  content?: ReactNode;
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

/** What the server finds, as things to choose. */
function useHits(text: string) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const answer = useFound(text);
  const commands = (answer.data?.groups ?? []).flatMap(({ noun, items, total }) => {
    const section = SECTIONS.find(({ name }) => name === NOUN_SECTION[noun]);
    if (!section) return [];
    const group = total > items.length ? t("search.groupOf", { group: t(`nav.${section.name}`), shown: items.length, total }) : t(`nav.${section.name}`);
    return items.map((hit): Command => ({
      id: hit.id,
      group,
      label: hit.title.map(({ text }) => text).join(""),
      content: <Hit prefix={noun === "order" ? t("search.order") : null} title={<Pieces of={hit.title} />} detail={<Pieces of={hit.detail} />} />,
      icon: section.icon,
      run: () => void navigate({ to: hitPath(noun, hit.id) }),
    }));
  });
  return { commands, isBusy: answer.isFetching, isComplete: answer.data?.is_complete ?? true, error: answer.error };
}

function Hit({ prefix, title, detail }: { prefix: string | null; title: ReactNode; detail: ReactNode }) {
  return (
    <span className={classes["hit"]}>
      <span className={classes["hitTitle"]}>{prefix && `${prefix} `}{title}</span>
      <span className={classes["hitDetail"]}>{detail}</span>
    </span>
  );
}

export default function CommandPalette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const wanted = text.trim().toLowerCase();
  const isPhone = useMediaQuery("(max-width: 47.99em)");
  const [asked] = useDebouncedValue(text.trim(), TYPING_MS);
  const hits = useHits(asked);
  const found = [...(wanted === "" ? [] : hits.commands), ...useCommands(onHelp).filter((command) => command.label.toLowerCase().includes(wanted))];
  const isWaiting = wanted !== "" && (hits.isBusy || asked !== text.trim());
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
    <Modal opened onClose={onClose} withCloseButton={false} padding={0} size={560} yOffset={isPhone ? 8 : "12vh"} xOffset={8} centered={false}
      attributes={{ content: { "aria-label": t("search.title") } }}>
      <TextInput data-autofocus variant="unstyled" size="md" className={classes["input"]} value={text} placeholder={t("search.placeholder")}
        aria-label={t("search.title")} role="combobox" aria-expanded aria-controls={`${id}-list`}
        aria-activedescendant={found.length > 0 ? optionId(active) : undefined} leftSection={<IconSearch size={18} aria-hidden />}
        rightSection={isWaiting ? <Loader size={16} aria-label={t("search.busy")} /> : null}
        onChange={(event) => { setText(event.currentTarget.value); setActive(0); }} onKeyDown={onKeyDown} />
      <div id={`${id}-list`} role="listbox" aria-label={t("search.title")} className={classes["list"]}>
        {found.map((command, index) => (
          <div key={command.id} role="presentation">
            {found[index - 1]?.group !== command.group && <div className={classes["group"]} role="presentation">{command.group}</div>}
            <div id={optionId(index)} role="option" aria-selected={index === active} className={classes["option"]}
              onMouseMove={() => setActive(index)} onClick={() => run(command)}>
              <command.icon size={18} stroke={1.5} aria-hidden />
              {command.content ?? command.label}
            </div>
          </div>
        ))}
        {hits.error && wanted !== "" && <Text c="red" size="sm" px="md" py="xs" role="alert">{describeError(hits.error)}</Text>}
        {!hits.isComplete && wanted !== "" && <Text c="dimmed" size="sm" px="md" py="xs">{t("search.incomplete")}</Text>}
        {found.length === 0 && !isWaiting && <Text c="dimmed" size="sm" p="md">{t("search.nothing", { text })}</Text>}
      </div>
      {!isPhone && <div className={classes["hint"]}>{t("search.hint")}</div>}
    </Modal>
  );
}
