import { Button, Modal, ScrollArea, Skeleton, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../../components/EmptyState";
import { parseKind } from "../ask";
import { KIND_ICONS } from "../kinds";
import { savedChoices, type Saved } from "../saved";
import classes from "./Board.module.css";

const SEARCH_DELAY_MS = 250;
const ROWS_SKELETON = 5;

/** Chooses a saved insight for a dashboard. */
export default function AddTile({ onAdd, onClose }: { onAdd: (saved: Saved) => void; onClose: () => void }) {
  const { t } = useTranslation(["insights", "common"]);
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), SEARCH_DELAY_MS);
  const { data } = useQuery(savedChoices(q));
  const isEmpty = data?.items.length === 0;
  return (
    <Modal opened onClose={onClose} title={t("addTile")} closeButtonProps={{ "aria-label": t("common:actions.close") }} scrollAreaComponent={ScrollArea.Autosize}>
      <TextInput data-autofocus type="search" aria-label={t("findInsight")} placeholder={t("findInsight")} value={text} leftSection={<IconSearch size={16} aria-hidden />} onChange={(event) => setText(event.currentTarget.value)} mb="sm" />
      {!data ? Array.from({ length: ROWS_SKELETON }, (_, index) => <Skeleton key={index} height={48} mb={8} />)
        : isEmpty ? <EmptyState isCompact icon={IconSearch} title={t(q ? "nothingCalled" : "noInsights")} hint={t("noInsightsHint")} actions={<Button component={Link} to="/insights/new" leftSection={<IconPlus size={16} />}>{t("newInsight")}</Button>} />
        : (
          <ul className={classes["choices"]}>
            {data.items.map((saved) => {
              const kind = parseKind(saved.query["insight"]);
              const Icon = KIND_ICONS[kind];
              return (
                <li key={saved.id}>
                  <UnstyledButton className={classes["choice"] ?? ""} onClick={() => onAdd(saved)}>
                    <Icon size={20} stroke={1.5} aria-hidden />
                    <span>
                      <Text component="span" display="block" size="sm" fw={550} truncate>{saved.name}</Text>
                      <Text component="span" display="block" size="xs" c="dimmed" truncate>{t(`kinds.${kind}`)}{saved.description ? ` · ${saved.description}` : ""}</Text>
                    </span>
                  </UnstyledButton>
                </li>
              );
            })}
          </ul>
        )}
    </Modal>
  );
}
