import { Badge, Button, Menu, Skeleton, Stack, Text } from "@mantine/core";
import { IconBook2, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { funnelViewsQuery } from "../api/queries";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { stageName } from "../funnels/document";
import { useMay } from "../session/useMay";
import { createPlaybook, PLAYBOOKS, playbooksQuery, startersQuery, type PlaybookStarter } from "./api";
import classes from "./Playbooks.module.css";

/** The sales book: all scripts of the company. */
export function PlaybooksScreen() {
  const { t } = useTranslation(["playbooks", "common"]);
  const books = useQuery(playbooksQuery);
  const items = books.data?.items ?? [];
  return (
    <div>
      <PageHeader title={t("title")} lead={t("lead")} back={{ to: "/today", label: t("common:nav.today") }} actions={items.length > 0 && <Add />} />
      {books.isError && !books.data ? (
        <QueryProblem error={books.error} onRetry={() => void books.refetch()} />
      ) : books.isPending ? (
        <Stack gap="md">{[96, 96].map((height, index) => <Skeleton key={index} height={height} radius="lg" />)}</Stack>
      ) : items.length === 0 ? (
        <EmptyState icon={IconBook2} title={t("none")} hint={t("noneHint")} actions={<Add />} />
      ) : (
        <ul className={classes["cards"]}>
          {items.map((book) => (
            <li key={book.id} className={classes["card"]}>
              <Text component={Link} to={`/playbooks/${book.id}`} fw={600} c="inherit" display="block">{book.name}</Text>
              <Text size="xs" c="dimmed" mt={4}>{[t("steps", { count: book.document.steps.length }), t("objectionCount", { count: book.document.objections.length }), t("points", { count: book.document.checklist.length })].join(" · ")}</Text>
              <Stages ids={book.document.stages} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Stages({ ids }: { ids: readonly string[] }) {
  const { t, i18n } = useTranslation("playbooks");
  const { data: funnels } = useQuery(funnelViewsQuery);
  const all = funnels?.items.flatMap(({ document }) => document.stages) ?? [];
  const names = ids.map((id) => { const stage = all.find((one) => one.id === id); return stage ? stageName(stage, i18n.language) : id; });
  return <div style={{ display: "flex", flexWrap: "wrap", gap: 4, marginTop: 12 }}>{(names.length > 0 ? names : [t("everyStage")]).map((name) => <Badge key={name} color="gray">{name}</Badge>)}</div>;
}

/** A new playbook: from one that comes with the program, or from nothing. */
function Add() {
  const { t, i18n } = useTranslation("playbooks");
  const may = useMay();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data: starters } = useQuery(startersQuery(i18n.language === "nb" ? "nb" : "en"));
  const add = useMutation({
    mutationFn: ({ name, document }: PlaybookStarter) => createPlaybook(name, document),
    onError: toastError,
    onSuccess: async (book) => {
      await queries.invalidateQueries({ queryKey: PLAYBOOKS });
      await navigate({ to: "/playbooks/$playbookId", params: { playbookId: book.id } });
    },
  });
  if (!may("playbooks.write")) return null;
  const blank = (): PlaybookStarter => ({ name: t("newName"), document: { stages: [], roles: [], steps: [{ id: "start", say: t("newStep"), answers: [] }], objections: [], checklist: [] } });
  return (
    <Menu>
      <Menu.Target><Button loading={add.isPending} leftSection={<IconPlus size={18} stroke={1.5} />}>{t("add")}</Button></Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("fromStarter")}</Menu.Label>
        {(starters?.items ?? []).map((starter) => <Menu.Item key={starter.name} onClick={() => add.mutate(starter)}>{starter.name}</Menu.Item>)}
        <Menu.Divider />
        <Menu.Item onClick={() => add.mutate(blank())}>{t("fromNothing")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
