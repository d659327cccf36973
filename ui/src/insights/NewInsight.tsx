import { Button } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { toastDone } from "../components/problem";
import { useMay } from "../session/useMay";
import { parseBuilder } from "./ask";
import { Builder, type Built } from "./Builder";
import { suggestedName } from "./defaults";
import { bodyOf } from "./saved";

const SaveInsight = lazy(() => import("./SaveInsight"));

/** A question that is not saved yet. */
export function NewInsight() {
  const { t } = useTranslation("insights");
  const raw = useSearch({ from: "/app/insights/new" });
  const search = useMemo(() => parseBuilder(raw as unknown as Record<string, unknown>), [raw]);
  const navigate = useNavigate({ from: "/insights/new" });
  return (
    <Builder search={search} title={t("newInsight")} onSearch={(next, replace) => void navigate({ search: next, replace, resetScroll: false })}
      actions={(built) => <SaveNew built={built} />} />
  );
}

function SaveNew({ built: { state, ask, today, zone } }: { built: Built }) {
  const { t } = useTranslation("insights");
  const navigate = useNavigate();
  const may = useMay();
  const [isSaving, setIsSaving] = useState(false);
  const body = bodyOf(state, ask, today, zone);
  if (!may("insights.write")) return null;
  return (
    <>
      <Button disabled={!body} onClick={() => setIsSaving(true)}>{t("save")}</Button>
      {isSaving && body && (
        <Suspense>
          <SaveInsight title={t("saveTitle")} name={suggestedName(state, ask, t(`kinds.${state.kind}`))} body={body} onClose={() => setIsSaving(false)}
            onSaved={(saved) => {
              toastDone(t("savedToast", { name: saved.name }));
              void navigate({ to: "/insights/$insightId", params: { insightId: saved.id }, replace: true });
            }} />
        </Suspense>
      )}
    </>
  );
}
