import { Avatar, Badge, Button, Group, Menu, Modal, PasswordInput, Radio, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { hasLength, isEmail, isNotEmpty } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { IconDots, IconLock, IconPlus, IconUserCheck, IconUserOff, IconUserCog } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import type { Role } from "../api/types";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { FormButtons } from "../components/FormButtons";
import { FormProblem } from "../components/FormProblem";
import { toastDone, toastError } from "../components/problem";
import { Section } from "../components/Section";
import { useApiForm } from "../components/useApiForm";
import { usersQuery, type User } from "../deals/api";
import { LANGUAGES } from "../format";
import { LANGUAGE_NAMES, useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { createUser, updateUser, type NewUser, type UserChange } from "./api";
import { Loaded } from "./Loaded";
import classes from "./SettingsScreen.module.css";

/** Those that can be given; there is one owner. */
const ROLES: readonly Role[] = ["admin", "marketer", "manager", "rep", "viewer"];
const PASSWORD_CHARS_MIN = 10;

export default function UsersTab() {
  const { t } = useTranslation("settings");
  const may = useMay();
  const users = useQuery(usersQuery);
  const [isAdding, adding] = useDisclosure(false);
  const canChange = may("users.write");
  return (
    <Section title={t("tabs.users")} hint={t("users.hint")} actions={canChange && <Button leftSection={<IconPlus size={18} stroke={1.5} />} onClick={adding.open}>{t("users.add")}</Button>}>
      <Loaded query={users}>
        {({ items }) => <ul className={classes["rows"]}>{[...items].sort((a, b) => Number(b.is_active) - Number(a.is_active)).map((user) => <UserRow key={user.id} user={user} canChange={canChange} />)}</ul>}
      </Loaded>
      {isAdding && <AddUser onClose={adding.close} />}
    </Section>
  );
}

function useChangeUser(user: User, onDone: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: UserChange) => updateUser(user.id, change),
    onError: toastError,
    onSuccess: () => queries.invalidateQueries({ queryKey: usersQuery.queryKey }),
    onSettled: onDone,
  });
}

type Doing = "role" | "password" | "deactivate" | null;

function UserRow({ user, canChange }: { user: User; canChange: boolean }) {
  const { t } = useTranslation(["settings", "common"]);
  const format = useFormat();
  const { data: session } = useQuery(sessionQuery);
  const [doing, setDoing] = useState<Doing>(null);
  const change = useChangeUser(user, () => setDoing(null));
  const isSelf = session?.user?.id === user.id;
  const isOwner = user.role === "owner";
  return (
    <li className={classes["row"]} data-nowrap data-off={!user.is_active || undefined}>
      <Avatar name={user.name} color={user.is_active ? "fjord" : "gray"} size={36} radius="xl" alt="" />
      <div className={classes["rowMain"]}>
        <Group gap={8}>
          <Text span fw={550}>{user.name}</Text>
          <Text span size="sm" c="dimmed">{t(`common:roles.${user.role}`)}</Text>
          {isSelf && <Badge color="gray">{t("users.you")}</Badge>}
          {!user.is_active && <Badge color="gray" variant="outline">{t("users.inactive")}</Badge>}
        </Group>
        <Text size="sm" c="dimmed">{user.email} · {t("users.since", { date: format.date(user.created_at) })}</Text>
      </div>
      <div className={classes["rowTools"]}>
        {(canChange || isSelf) && (
          <Menu>
            <Menu.Target><Button variant="subtle" color="gray" px={8} aria-label={t("users.more", { name: user.name })}><IconDots size={18} /></Button></Menu.Target>
            <Menu.Dropdown>
              {canChange && !isOwner && <Menu.Item leftSection={<IconUserCog size={16} stroke={1.5} />} onClick={() => setDoing("role")}>{t("users.changeRole")}</Menu.Item>}
              <Menu.Item leftSection={<IconLock size={16} stroke={1.5} />} onClick={() => setDoing("password")}>{t("users.newPassword")}</Menu.Item>
              {canChange && !isOwner && user.is_active && <Menu.Item color="red" leftSection={<IconUserOff size={16} stroke={1.5} />} onClick={() => setDoing("deactivate")}>{t("users.deactivate")}</Menu.Item>}
              {canChange && !user.is_active && <Menu.Item leftSection={<IconUserCheck size={16} stroke={1.5} />} onClick={() => change.mutate({ is_active: true })}>{t("users.activate")}</Menu.Item>}
            </Menu.Dropdown>
          </Menu>
        )}
      </div>
      {doing === "role" && <ChangeRole user={user} isBusy={change.isPending} onClose={() => setDoing(null)} onConfirm={(role) => change.mutate({ role })} />}
      {doing === "password" && <ChangePassword user={user} isSelf={isSelf} onClose={() => setDoing(null)} />}
      <ConfirmDialog isOpen={doing === "deactivate"} title={t("users.deactivateAsk", { name: user.name })} confirm={t("users.deactivate")} isBusy={change.isPending} onConfirm={() => change.mutate({ is_active: false })} onCancel={() => setDoing(null)}>
        {t("users.deactivateText")}
      </ConfirmDialog>
    </li>
  );
}

/** The roles, each with what it may do. */
function RoleChoice({ value, onChange, error }: { value: Role; onChange: (role: Role) => void; error?: React.ReactNode }) {
  const { t } = useTranslation(["settings", "common"]);
  return (
    <Radio.Group label={t("users.role")} value={value} error={error} onChange={(role) => onChange(role)}>
      <Stack gap="xs" mt={8}>
        {ROLES.map((role) => <Radio key={role} value={role} label={t(`common:roles.${role}`)} description={t(`users.roleHints.${role}`)} />)}
      </Stack>
    </Radio.Group>
  );
}

function ChangeRole({ user, isBusy, onClose, onConfirm }: { user: User; isBusy: boolean; onClose: () => void; onConfirm: (role: Role) => void }) {
  const { t } = useTranslation(["settings", "common"]);
  const [role, setRole] = useState(user.role);
  return (
    <Modal opened onClose={onClose} title={t("users.roleOf", { name: user.name })} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <RoleChoice value={role} onChange={setRole} />
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>{t("common:actions.cancel")}</Button>
        <Button loading={isBusy} disabled={role === user.role} onClick={() => onConfirm(role)}>{t("common:actions.save")}</Button>
      </Group>
    </Modal>
  );
}

function ChangePassword({ user, isSelf, onClose }: { user: User; isSelf: boolean; onClose: () => void }) {
  const { t } = useTranslation(["settings", "common"]);
  const { form, onSubmit, isSending, problem } = useApiForm(
    { initialValues: { password: "" }, validate: { password: hasLength({ min: PASSWORD_CHARS_MIN }, t("common:form.minLength", { count: PASSWORD_CHARS_MIN })) } },
    ({ password }) => updateUser(user.id, { password }),
    () => {
      toastDone(t("users.passwordDone", { name: user.name }));
      onClose();
      // It ended all logins of that person; one's own browser goes to the login now, not at the next click.
      if (isSelf) window.location.reload();
    },
  );
  return (
    <Modal opened onClose={onClose} title={t("users.newPasswordOf", { name: user.name })} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="md">
          <FormProblem message={problem} />
          <PasswordInput label={t("users.newPassword")} description={t("users.passwordHint")} autoComplete="new-password" data-autofocus visibilityToggleButtonProps={{ "aria-label": t("mail.showPassword") }} key={form.key("password")} {...form.getInputProps("password")} />
          <FormButtons onCancel={onClose} isSending={isSending} label={t("users.setPassword")} />
        </Stack>
      </form>
    </Modal>
  );
}

function AddUser({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation(["settings", "common"]);
  const queries = useQueryClient();
  const { form, onSubmit, isSending, problem } = useApiForm<NewUser & Record<string, unknown>, unknown>(
    {
      mode: "controlled",
      initialValues: { name: "", email: "", password: "", role: "rep", locale: i18n.language },
      validate: {
        name: isNotEmpty(t("common:form.required")),
        email: isEmail(t("common:form.email")),
        password: hasLength({ min: PASSWORD_CHARS_MIN }, t("common:form.minLength", { count: PASSWORD_CHARS_MIN })),
      },
    },
    createUser,
    async (_, form) => {
      toastDone(t("users.added", { name: form.getValues().name }));
      await queries.invalidateQueries({ queryKey: usersQuery.queryKey });
      onClose();
    },
  );
  return (
    <Modal opened onClose={onClose} size="lg" title={t("users.add")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="md">
          <FormProblem message={problem} />
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
            <TextInput label={t("users.name")} data-autofocus autoComplete="off" {...form.getInputProps("name")} />
            <TextInput label={t("users.email")} type="email" autoComplete="off" {...form.getInputProps("email")} />
            <PasswordInput label={t("users.firstPassword")} autoComplete="new-password" visibilityToggleButtonProps={{ "aria-label": t("mail.showPassword") }} {...form.getInputProps("password")} />
            <Select label={t("users.language")} data={LANGUAGES.map((code) => ({ value: code, label: LANGUAGE_NAMES[code] }))} {...form.getInputProps("locale")} />
          </SimpleGrid>
          <Text size="xs" c="dimmed" mt={-8}>{t("users.firstPasswordHint")}</Text>
          <RoleChoice value={form.getValues().role} error={form.errors["role"]} onChange={(role) => form.setFieldValue("role", role)} />
          <FormButtons onCancel={onClose} isSending={isSending} label={t("users.add")} mt="xs" />
        </Stack>
      </form>
    </Modal>
  );
}
