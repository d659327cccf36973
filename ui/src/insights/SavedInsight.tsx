import { ActionIcon, Alert, Button, Group, Menu } from "@mantine/core";
import { IconArrowBackUp, IconCopy, IconDotsVertical, IconHome, IconLayoutDashboard, IconPencil, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { toastDone, toastError } from "../components/problem";
import { QueryProblem } from "../components/QueryProblem";
import { useMay } from "../session/useMay";
import { parseSavedBuilder, type BuilderSearch, type Looking } from "./ask";
import { Builder, type Built } from "./Builder";
import { BuilderSkeleton } from "./BuilderSkeleton";
import { pinToHome } from "./boards/pin";
import { bodyOf, changeSaved, deleteSaved, forgetLists, savedQuery, savedState, type Saved } from "./saved";

const SaveInsight = lazy(() => import("./SaveInsight"));
const NameDialog = lazy(() => import("./NameDialog"));
const AddToDashboard = lazy(() => import("./boards/AddToDashboard"));

/** A saved insight: as it was saved, or with changes that its address carries until they are saved too. */
export function SavedInsight() {
  const { t } = useTranslation("insights");
  const { insightId } = useParams({ from: "/app/insights/$insightId" });
  const { data: session } = useQuery(sessionQuery);
  const saved = useQuery(savedQuery(insightId));
  if (saved.isError && !saved.data) return <QueryProblem error={saved.error} onRetry={() => void saved.refetch()} />;
  if (!saved.data || !session) return <BuilderSkeleton title={t("insight")} />;
  return <Loaded key={`${saved.data.id}-${saved.data.version}`} saved={saved.data} zone={session.company?.timezone ?? "UTC"} />;
}

function Loaded({ saved, zone }: { saved: Saved; zone: string }) {
  const { t } = useTranslation("insights");
  const raw = useSearch({ from: "/app/insights/$insightId" });
  const navigate = useNavigate({ from: "/insights/$insightId" });
  const own = useMemo(() => savedState(saved, zone), [saved, zone]);
  const search = useMemo((): BuilderSearch => {
    const said = parseSavedBuilder(raw);
    return "kind" in said ? (said as BuilderSearch) : { ...own, ...(said as Looking) };
  }, [raw, own]);
  // An address that says nothing else than what is saved stays as short as it was.
  const write = ({ pick, person, ...state }: BuilderSearch, replace: boolean) => {
    const looking = { ...(pick ? { pick } : {}), ...(person ? { person } : {}) };
    const isSame = JSON.stringify(state) === JSON.stringify(own);
    void navigate({ search: isSame ? looking : ({ ...state, ...looking }), replace, resetScroll: false });
  };
  const isChanged = raw.kind !== undefined;
  return (
    <Builder isFolded search={search} title={saved.name} lead={saved.description || undefined} onSearch={write}
      notice={saved.fault && <Alert color="amber" mb="md">{t("fault", { message: saved.fault.message })}</Alert>}
      actions={(built) => <SavedActions saved={saved} built={built} isChanged={isChanged} />} />
  );
}

type Dialog = "rename" | "copy" | "dashboard" | "delete";

function SavedActions({ saved, built, isChanged }: { saved: Saved; built: Built; isChanged: boolean }) {
  const { t } = useTranslation(["insights", "common"]);
  const may = useMay();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const body = bodyOf(built.state, built.ask, built.today, built.zone);
  const close = () => setDialog(null);
  const keep = (next: Saved) => {
    queries.setQueryData(savedQuery(saved.id).queryKey, next);
    forgetLists(queries);
  };
  const save = useMutation({
    mutationFn: () => changeSaved(saved.id, { ...body, base_version: saved.version }),
    onSuccess: async (next) => {
      await navigate({ to: "/insights/$insightId", params: { insightId: saved.id }, search: {}, replace: true });
      keep(next);
      toastDone(t("savedToast", { name: next.name }));
    },
    onError: toastError,
  });
  const remove = useMutation({
    mutationFn: () => deleteSaved(saved.id),
    onSuccess: () => {
      forgetLists(queries);
      void navigate({ to: "/insights" });
    },
    onError: toastError,
  });
  const pin = useMutation({
    mutationFn: () => pinToHome(queries, saved),
    onSuccess: (isNew) => {
      if (isNew) forgetLists(queries);
      toastDone(t(isNew ? "pinnedToast" : "pinnedAlready", { name: saved.name }));
    },
    onError: toastError,
  });
  if (!may("insights.write")) return null;
  return (
    <Group gap="xs">
      {isChanged && <Button disabled={!body} loading={save.isPending} onClick={() => save.mutate()}>{t("save")}</Button>}
      <Menu>
        <Menu.Target><ActionIcon variant="default" size={36} aria-label={t("moreOf", { label: saved.name })}><IconDotsVertical size={18} stroke={1.5} /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          {isChanged && <Menu.Item leftSection={<IconArrowBackUp size={16} stroke={1.5} />} onClick={() => void navigate({ to: "/insights/$insightId", params: { insightId: saved.id }, search: {} })}>{t("discard")}</Menu.Item>}
          <Menu.Item leftSection={<IconPencil size={16} stroke={1.5} />} onClick={() => setDialog("rename")}>{t("renameInsight")}</Menu.Item>
          <Menu.Item leftSection={<IconCopy size={16} stroke={1.5} />} disabled={!body} onClick={() => setDialog("copy")}>{isChanged ? t("saveAs") : t("duplicate")}</Menu.Item>
          <Menu.Item leftSection={<IconLayoutDashboard size={16} stroke={1.5} />} onClick={() => setDialog("dashboard")}>{t("addToDashboard")}</Menu.Item>
          <Menu.Item leftSection={<IconHome size={16} stroke={1.5} />} onClick={() => pin.mutate()}>{t("pin")}</Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={() => setDialog("delete")}>{t("common:actions.delete")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {dialog === "rename" && <NameDialog title={t("renameInsight")} name={saved.name} description={saved.description} confirm={t("common:actions.save")} onClose={close} send={async (values) => keep(await changeSaved(saved.id, values))} />}
        {dialog === "copy" && body && (
          <SaveInsight title={isChanged ? t("saveAs") : t("duplicate")} name={t("copyOf", { name: saved.name })} description={saved.description} body={body} onClose={close}
            onSaved={(made) => { close(); void navigate({ to: "/insights/$insightId", params: { insightId: made.id }, search: {} }); }} />
        )}
        {dialog === "dashboard" && <AddToDashboard saved={saved} onClose={close} />}
      </Suspense>
      <ConfirmDialog isOpen={dialog === "delete"} isHarmful title={t("deleteInsight", { name: saved.name })} confirm={t("common:actions.delete")} isBusy={remove.isPending} onConfirm={() => remove.mutate()} onCancel={close}>{t("deleteInsightHint")}</ConfirmDialog>
    </Group>
  );
}
