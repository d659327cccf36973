import { ActionIcon, Avatar, Button, Menu, Modal, MultiSelect, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconDots, IconPencil, IconPlus, IconTrash, IconUsersGroup } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../components/EmptyState";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { FormButtons } from "../components/FormButtons";
import { FormProblem } from "../components/FormProblem";
import { toastError } from "../components/problem";
import { Section } from "../components/Section";
import { useApiForm } from "../components/useApiForm";
import { usersQuery } from "../deals/api";
import { useMay } from "../session/useMay";
import { Loaded } from "../settings/Loaded";
import rows from "../settings/SettingsScreen.module.css";
import { deleteTeam, ROUTING, saveTeam, teamsQuery, type Team } from "./api";

/** People who work together. */
export function TeamsPart() {
  const { t } = useTranslation(["team", "common"]);
  const may = useMay();
  const queries = useQueryClient();
  const teams = useQuery(teamsQuery);
  const [editing, setEditing] = useState<Team | "new" | null>(null);
  const [deleting, setDeleting] = useState<Team | null>(null);
  const remove = useMutation({
    mutationFn: (team: Team) => deleteTeam(team.id),
    onError: toastError,
    onSettled: () => { setDeleting(null); return queries.invalidateQueries({ queryKey: ROUTING }); },
  });
  const canChange = may("routing.write");
  const add = canChange && <Button variant="default" leftSection={<IconPlus size={18} stroke={1.5} />} onClick={() => setEditing("new")}>{t("teams.add")}</Button>;
  return (
    <Section title={t("teams.title")} hint={t("teams.hint")} actions={(teams.data?.items.length ?? 0) > 0 && add}>
      <Loaded query={teams}>
        {({ items }) => items.length === 0 ? <EmptyState isCompact icon={IconUsersGroup} title={t("teams.none")} hint={t("teams.noneHint")} actions={add} /> : (
          <ul className={rows["rows"]}>
            {items.map((team) => (
              <li key={team.id} className={rows["row"]} data-nowrap>
                <TeamTold team={team} />
                {canChange && (
                  <Menu>
                    <Menu.Target><ActionIcon aria-label={t("teams.more", { name: team.name })}><IconDots size={16} /></ActionIcon></Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item leftSection={<IconPencil size={16} stroke={1.5} />} onClick={() => setEditing(team)}>{t("edit")}</Menu.Item>
                      <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={() => setDeleting(team)}>{t("common:actions.delete")}</Menu.Item>
                    </Menu.Dropdown>
                  </Menu>
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {editing && <TeamForm team={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      <ConfirmDialog isOpen={deleting !== null} isHarmful title={t("teams.deleteAsk", { name: deleting?.name })} confirm={t("common:actions.delete")} isBusy={remove.isPending} onConfirm={() => deleting && remove.mutate(deleting)} onCancel={() => setDeleting(null)}>
        {t("teams.deleteText")}
      </ConfirmDialog>
    </Section>
  );
}

function TeamTold({ team }: { team: Team }) {
  const { t } = useTranslation("team");
  const { data: users } = useQuery(usersQuery);
  const nameOf = (id: string) => users?.items.find((user) => user.id === id)?.name ?? "…";
  const names = team.members.map(nameOf);
  return (
    <>
      <Avatar.Group spacing={10} visibleFrom="xs">{team.members.slice(0, 3).map((id) => <Avatar key={id} name={nameOf(id)} color="fjord" size={32} radius="xl" alt="" />)}</Avatar.Group>
      <div className={rows["rowMain"]}>
        <Text span fw={550}>{team.name}</Text>
        <Text size="sm" c="dimmed">{names.length > 0 ? names.join(", ") : t("teams.nobody")}{team.head_id && ` · ${t("teams.headIs", { name: nameOf(team.head_id) })}`}</Text>
      </div>
    </>
  );
}

function TeamForm({ team, onClose }: { team: Team | null; onClose: () => void }) {
  const { t } = useTranslation(["team", "common"]);
  const queries = useQueryClient();
  const { data: users } = useQuery(usersQuery);
  const people = (users?.items ?? []).filter(({ is_active, id }) => is_active || team?.members.includes(id)).map(({ id, name }) => ({ value: id, label: name }));
  const { form, onSubmit, isSending, problem } = useApiForm(
    { mode: "controlled", initialValues: { name: team?.name ?? "", head_id: team?.head_id ?? null, members: team?.members ?? [] }, validate: { name: (name: string) => (name.trim() ? null : t("common:form.required")) } },
    (values) => saveTeam(team?.id ?? null, values),
    async () => { await queries.invalidateQueries({ queryKey: ROUTING }); onClose(); },
  );
  return (
    <Modal opened onClose={onClose} title={team ? team.name : t("teams.add")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="md">
          <FormProblem message={problem} />
          <TextInput label={t("teams.name")} data-autofocus {...form.getInputProps("name")} />
          <MultiSelect label={t("teams.members")} searchable data={people} {...form.getInputProps("members")} />
          <Select label={t("teams.head")} description={t("teams.headHint")} searchable clearable data={people} {...form.getInputProps("head_id")} />
          <FormButtons onCancel={onClose} isSending={isSending} />
        </Stack>
      </form>
    </Modal>
  );
}
