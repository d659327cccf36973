import { createUsePuck } from "@puckeditor/core";
import type { Block } from "./document";

/** Reads the editor's state; a part draws again only when what it reads has changed. */
export const useEditor: ReturnType<typeof createUsePuck> = createUsePuck();

/** The block whose fields are shown; none is the page itself. */
export const useChosen = (): Block | null => useEditor((editor) => editor.selectedItem as Block | null);

export const idOf = (block: Block | null): string | null => (block ? String(block.props["id"]) : null);

/** The editor's name for the blocks that lie in no other. */
export const ROOT_ZONE = "root:default-zone";
