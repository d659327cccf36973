import { Menu, Text } from "@mantine/core";
import { IconKeyboard, IconLogout } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import { toastError } from "../components/problem";
import { LANGUAGES, type Language } from "../format";
import { changeLanguage, LANGUAGE_NAMES } from "../i18n";
import { useSignOut } from "../session/useSignOut";
import { UserButton } from "./UserButton";

interface Props {
  isOpen: boolean;
  onOpen: (isOpen: boolean) => void;
  onShortcuts: () => void;
}

export default function UserMenuPanel({ isOpen, onOpen, onShortcuts }: Props) {
  const { t, i18n } = useTranslation();
  const { data: session } = useQuery(sessionQuery);
  const leave = useSignOut();
  const signOut = useMutation({ mutationFn: leave, onError: (error) => toastError(error) });
  const user = session?.user;
  if (!user) return null;
  return (
    <Menu width={240} withinPortal={false} opened={isOpen} onChange={onOpen}>
      <Menu.Target>
        <UserButton name={user.name} />
      </Menu.Target>
      <Menu.Dropdown>
        <div style={{ padding: "8px 12px" }}>
          <Text fw={600} size="sm" truncate>{user.name}</Text>
          <Text size="xs" c="dimmed" truncate>{user.email}</Text>
          <Text size="xs" c="dimmed">{t(`roles.${user.role}`)}{session.company ? ` · ${session.company.name}` : ""}</Text>
        </div>
        <Menu.Divider />
        <Menu.Label>{t("user.language")}</Menu.Label>
        <Menu.RadioGroup value={i18n.language} onChange={(language) => void changeLanguage(language as Language)}>
          {LANGUAGES.map((language) => (
            <Menu.RadioItem key={language} value={language} lang={language} closeMenuOnClick>{LANGUAGE_NAMES[language]}</Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item visibleFrom="sm" leftSection={<IconKeyboard size={18} stroke={1.5} />} onClick={onShortcuts}>{t("user.shortcuts")}</Menu.Item>
        <Menu.Item leftSection={<IconLogout size={18} stroke={1.5} />} onClick={() => signOut.mutate()}>{t("user.signOut")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
