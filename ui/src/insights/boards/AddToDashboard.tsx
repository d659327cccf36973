import { Button, Modal, Select, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormProblem } from "../../components/FormProblem";
import { describeError } from "../../components/problem";
import { changeDashboard, createDashboard, dashboardQuery, dashboardsQuery, forgetLists, NAME_MAX, type Saved } from "../saved";
import { addInsight } from "./tiles";

/** Puts a saved insight on a dashboard: one that is there, or a new one. */
export default function AddToDashboard({ saved, onClose }: { saved: Saved; onClose: () => void }) {
  const { t } = useTranslation(["insights", "common"]);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data: boards } = useQuery(dashboardsQuery);
  const [chosen, setChosen] = useState<string | null>(null);
  const [name, setName] = useState("");
  const board = chosen ?? boards?.items[0]?.id ?? "";
  const add = useMutation({
    mutationFn: async () => {
      const target = board === "" ? await createDashboard(name) : await queries.query({ ...dashboardQuery(board), staleTime: 0 });
      return changeDashboard(target.id, { tiles: addInsight(target.tiles, saved), base_version: target.version });
    },
    onSuccess: (made) => {
      forgetLists(queries);
      void navigate({ to: "/insights/dashboards/$dashboardId", params: { dashboardId: made.id } });
    },
  });
  return (
    <Modal opened onClose={onClose} title={t("addToDashboard")} closeButtonProps={{ "aria-label": t("common:actions.close") }}>
      <form onSubmit={(event) => { event.preventDefault(); add.mutate(); }}>
        <Stack gap="md">
          <FormProblem message={add.error ? describeError(add.error) : null} />
          <Select label={t("dashboard")} searchable data-autofocus value={board} onChange={(next) => setChosen(next)}
            data={[...(boards?.items ?? []).map((one) => ({ value: one.id, label: one.name })), { value: "", label: t("newDashboard") }]} />
          {board === "" && <TextInput label={t("name")} maxLength={NAME_MAX} value={name} onChange={(event) => setName(event.currentTarget.value)} />}
          <Button type="submit" loading={add.isPending} disabled={!boards || (board === "" && name.trim() === "")} style={{ alignSelf: "flex-end" }}>{t("add")}</Button>
        </Stack>
      </form>
    </Modal>
  );
}
