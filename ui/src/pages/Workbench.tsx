import "@puckeditor/core/no-external.css";
import { ActionIcon, SegmentedControl } from "@mantine/core";
import { Puck, type Config } from "@puckeditor/core";
import { IconArrowBackUp, IconArrowForwardUp } from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PageDoc } from "./api";
import { BlocksPanel } from "./Blocks";
import classes from "./Editor.module.css";
import { FieldsPanel } from "./FieldsPanel";
import { Preview, type Device } from "./Preview";
import { idOf, useChosen, useEditor } from "./puck";

interface Props {
  config: Config;
  /** What the editor begins with; what it makes of it comes back through `onChange`. */
  first: PageDoc;
  /** What the server would be sent now. */
  sent: PageDoc;
  onChange: (doc: PageDoc) => void;
  /** What else needs the editor's state. */
  children: ReactNode;
}

/** Blocks, page and fields side by side; on a phone one at a time. */
export function Workbench({ config, first, sent, onChange, children }: Props) {
  const { t } = useTranslation("pages");
  const dictionary = useMemo(() => t("puck", { returnObjects: true }), [t]);
  return (
    <Puck config={config} data={first} iframe={{ enabled: false }} dictionary={dictionary} onChange={(data) => onChange(data)}>
      <Bench sent={sent} />
      {children}
    </Puck>
  );
}

type Panel = "blocks" | "page" | "fields";

function Bench({ sent }: { sent: PageDoc }) {
  const { t } = useTranslation("pages");
  const [view, setView] = useState<"write" | Device>("write");
  const [panel, setPanel] = useState<Panel>("page");
  const chosen = idOf(useChosen());
  const history = useEditor((editor) => editor.history);
  const canvas = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!chosen) return;
    // A block that was just added is drawn a moment later.
    const frame = requestAnimationFrame(() => canvas.current?.querySelector(`[data-puck-component="${CSS.escape(chosen)}"]`)?.scrollIntoView({ block: "nearest" }));
    return () => cancelAnimationFrame(frame);
  }, [chosen, panel, view]);
  return (
    <>
      <div className={classes["panels"]}>
        <SegmentedControl fullWidth aria-label={t("panel")} value={panel} onChange={(next) => setPanel(next)} data={(["blocks", "page", "fields"] as const).map((value) => ({ value, label: t(`panels.${value}`) }))} />
      </div>
      <div className={classes["root"]} data-panel={panel}>
        <aside className={classes["side"]} aria-label={t("panels.blocks")}><BlocksPanel onChosen={() => setPanel("fields")} /></aside>
        <div className={classes["centre"]}>
          <div className={classes["bar"]}>
            <SegmentedControl size="xs" aria-label={t("view")} value={view} onChange={(next) => setView(next)} data={(["write", "desktop", "phone"] as const).map((value) => ({ value, label: t(value) }))} />
            <span>
              <ActionIcon variant="subtle" color="gray" aria-label={t("undo")} disabled={!history.hasPast} onClick={history.back}><IconArrowBackUp size={18} stroke={1.5} /></ActionIcon>
              <ActionIcon variant="subtle" color="gray" aria-label={t("redo")} disabled={!history.hasFuture} onClick={history.forward}><IconArrowForwardUp size={18} stroke={1.5} /></ActionIcon>
            </span>
          </div>
          <div ref={canvas} className={classes["canvas"]} data-hidden={view !== "write" || undefined}><Puck.Preview /></div>
          {view !== "write" && <Preview doc={sent} device={view} blockId={chosen} />}
        </div>
        <aside className={classes["side"]} aria-label={t("panels.fields")}><FieldsPanel /></aside>
      </div>
    </>
  );
}
