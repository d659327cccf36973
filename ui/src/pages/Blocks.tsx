import { ActionIcon, Button, Menu, Tabs, Text, UnstyledButton } from "@mantine/core";
import { Drawer } from "@puckeditor/core";
import { IconAlertCircle, IconCopy, IconFileSettings, IconPlus } from "@tabler/icons-react";
import { Fragment, use, type KeyboardEvent, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Block } from "./document";
import classes from "./Editor.module.css";
import { Faults } from "./faults";
import { Tools } from "./FieldView";
import { idOf, ROOT_ZONE, useChosen, useEditor } from "./puck";

/** What may be added, and what is there. */
export function BlocksPanel({ onChosen }: { onChosen: () => void }) {
  const { t } = useTranslation("pages");
  return (
    <Tabs defaultValue="structure">
      <Tabs.List grow mb="sm"><Tabs.Tab value="structure">{t("structure")}</Tabs.Tab><Tabs.Tab value="add">{t("addBlock")}</Tabs.Tab></Tabs.List>
      <Tabs.Panel value="structure"><Structure onChosen={onChosen} /></Tabs.Panel>
      <Tabs.Panel value="add"><Palette onChosen={onChosen} /></Tabs.Panel>
    </Tabs>
  );
}

/** Blocks to drag onto the page; a click or Enter adds one below the chosen block. */
function Palette({ onChosen }: { onChosen: () => void }) {
  const { t } = useTranslation("pages");
  const config = useEditor((editor) => editor.config);
  const place = useEditor((editor) => editor.appState.ui.itemSelector);
  const count = useEditor((editor) => editor.appState.data.content.length);
  const dispatch = useEditor((editor) => editor.dispatch);
  const add = (componentType: string) => {
    const zone = place?.zone ?? ROOT_ZONE;
    const index = place ? place.index + 1 : count;
    dispatch({ type: "insert", componentType, destinationIndex: index, destinationZone: zone });
    dispatch({ type: "setUi", ui: { itemSelector: { index, zone } } });
    onChosen();
  };
  // What is dragged is a button of the library's own; a second one in it could not be reached.
  const typeAt = ({ target }: MouseEvent | KeyboardEvent) => (target as Element).closest("[data-puck-drawer-item]")?.querySelector<HTMLElement>("[data-block]")?.dataset["block"];
  const onKeyDown = (event: KeyboardEvent) => {
    const type = event.key === "Enter" || event.key === " " ? typeAt(event) : undefined;
    if (!type) return;
    event.preventDefault();
    add(type);
  };
  return (
    <div className={classes["palette"]} onKeyDown={onKeyDown} onClick={(event) => { const type = typeAt(event); if (type) add(type); }}>
      <Text size="xs" c="dimmed" mb="sm">{t("addHint")}</Text>
      <Drawer>
        {Object.entries(config.components).map(([type, { label }]) => (
          <Drawer.Item key={type} name={type} label={label ?? type}>{() => <div className={classes["brick"]} data-block={type}>{label}</div>}</Drawer.Item>
        ))}
      </Drawer>
    </div>
  );
}

type Slot = "aside" | "left" | "right";
const SLOTS: Record<string, readonly Slot[]> = { Hero: ["aside"], Columns: ["left", "right"] };

/** The page as a list: chosen, moved and removed without a mouse. */
function Structure({ onChosen }: { onChosen: () => void }) {
  const { t } = useTranslation("pages");
  const content = useEditor((editor) => editor.appState.data.content) as Block[];
  const place = useEditor((editor) => editor.appState.ui.itemSelector);
  const dispatch = useEditor((editor) => editor.dispatch);
  const isPageFaulty = use(Faults).some(({ id, severity }) => id === null && severity === "error");
  return (
    <>
      <div className={classes["row"]} data-chosen={place === null || undefined}>
        <UnstyledButton className={classes["rowName"] ?? ""} aria-pressed={place === null} onClick={() => { dispatch({ type: "setUi", ui: { itemSelector: null } }); onChosen(); }}>
          <IconFileSettings size={16} stroke={1.5} aria-hidden /><span>{t("pageSettings")}</span>
          {isPageFaulty && <IconAlertCircle size={16} className={classes["faulty"]} aria-label={t("hasErrors")} />}
        </UnstyledButton>
      </div>
      {content.length === 0 ? <Text size="sm" c="dimmed" mt="sm">{t("noBlocks")}</Text> : <Level blocks={content} zone={ROOT_ZONE} onChosen={onChosen} />}
    </>
  );
}

function Level({ blocks, zone, onChosen }: { blocks: readonly Block[]; zone: string; onChosen: () => void }) {
  return (
    <ol className={classes["level"]}>
      {blocks.map((block, index) => (
        <Row key={String(block.props["id"])} block={block} index={index} zone={zone} isLast={index === blocks.length - 1} onChosen={onChosen} />
      ))}
    </ol>
  );
}

function Row({ block, index, zone, isLast, onChosen }: { block: Block; index: number; zone: string; isLast: boolean; onChosen: () => void }) {
  const { t } = useTranslation("pages");
  const label = useEditor((editor) => editor.config.components[block.type]?.label) ?? block.type;
  const chosen = idOf(useChosen());
  const dispatch = useEditor((editor) => editor.dispatch);
  const id = String(block.props["id"]);
  const isFaulty = use(Faults).some((fault) => fault.id === id && fault.severity === "error");
  const choose = (at: number | null) => dispatch({ type: "setUi", ui: { itemSelector: at === null ? null : { index: at, zone } } });
  const move = (to: number) => { dispatch({ type: "reorder", sourceIndex: index, destinationIndex: to, destinationZone: zone }); choose(to); };
  const words = typeof block.props["heading"] === "string" ? block.props["heading"] : "";
  return (
    <li>
      <div className={classes["row"]} data-chosen={chosen === id || undefined}>
        <UnstyledButton className={classes["rowName"] ?? ""} aria-pressed={chosen === id} onClick={() => { choose(index); onChosen(); }}>
          <span>{label}{words && <small>{words}</small>}</span>
          {isFaulty && <IconAlertCircle size={16} className={classes["faulty"]} aria-label={t("hasErrors")} />}
        </UnstyledButton>
        {chosen === id && (
          <>
            <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t("duplicate", { name: label })} onClick={() => dispatch({ type: "duplicate", sourceIndex: index, sourceZone: zone })}><IconCopy size={14} /></ActionIcon>
            <Tools name={label} isFirst={index === 0} isLast={isLast} onUp={() => move(index - 1)} onDown={() => move(index + 1)} onRemove={() => { choose(null); dispatch({ type: "remove", index, zone }); }} />
          </>
        )}
      </div>
      {SLOTS[block.type]?.map((slot) => {
        const inner = (Array.isArray(block.props[slot]) ? block.props[slot] : []) as Block[];
        const inside = `${id}:${slot}`;
        return (
          <Fragment key={slot}>
            {inner.length > 0 && <Level blocks={inner} zone={inside} onChosen={onChosen} />}
            {inner.length === 0 && chosen === id && <FillSlot slot={slot} zone={inside} />}
          </Fragment>
        );
      })}
    </li>
  );
}

/** The first block of an empty column, for those who cannot drag one there. */
function FillSlot({ slot, zone }: { slot: Slot; zone: string }) {
  const { t } = useTranslation("pages");
  const components = useEditor((editor) => editor.config.components);
  const dispatch = useEditor((editor) => editor.dispatch);
  const add = (componentType: string) => {
    dispatch({ type: "insert", componentType, destinationIndex: 0, destinationZone: zone });
    dispatch({ type: "setUi", ui: { itemSelector: { index: 0, zone } } });
  };
  return (
    <Menu position="bottom-start">
      <Menu.Target><Button className={classes["fill"] ?? ""} size="compact-xs" variant="subtle" leftSection={<IconPlus size={12} />}>{t(`slots.${slot}`)}</Button></Menu.Target>
      <Menu.Dropdown mah={320} style={{ overflowY: "auto" }}>
        {Object.entries(components).map(([type, { label }]) => <Menu.Item key={type} onClick={() => add(type)}>{label}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  );
}
