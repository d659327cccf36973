import { Button, Menu } from "@mantine/core";
import { IconDots, IconTrash } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../session/useMay";
import type { Segment } from "./api";
import { DeleteSegment } from "./DeleteSegment";

/** What else can be done with a segment. */
export function SegmentActions({ segment }: { segment: Segment }) {
  const { t } = useTranslation(["segments", "common"]);
  const navigate = useNavigate();
  const [isAsking, setIsAsking] = useState(false);
  if (!useMay()("segments.write")) return null;
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target><Button type="button" variant="default" px={10} aria-label={t("more", { name: segment.name })}><IconDots size={18} /></Button></Menu.Target>
        <Menu.Dropdown><Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={() => setIsAsking(true)}>{t("common:actions.delete")}</Menu.Item></Menu.Dropdown>
      </Menu>
      {isAsking && <DeleteSegment segment={segment} onClose={() => setIsAsking(false)} onDeleted={() => navigate({ to: "/contacts/segments", ignoreBlocker: true })} />}
    </>
  );
}
