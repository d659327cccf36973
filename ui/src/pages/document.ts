import type { PageContent, PageDoc } from "./api";
import { DEFAULTS, ROOT_DEFAULTS } from "./defaults";

type Props = Record<string, unknown>;
/** A block as the editor and the server both write it. */
export interface Block {
  type: string;
  props: Props;
}

const isObject = (value: unknown): value is Props => typeof value === "object" && value !== null && !Array.isArray(value);
const isBlock = (value: unknown): value is Block => isObject(value) && typeof value["type"] === "string" && isObject(value["props"]);

/** What a prop leaves out is taken from the defaults; lists stay as they are but for blocks in them. */
function filled(value: unknown, fallback: unknown): unknown {
  if (value === undefined || value === null) return fallback;
  if (isObject(value) && isObject(fallback)) return Object.fromEntries(Object.keys({ ...fallback, ...value }).map((key) => [key, filled(value[key], fallback[key])]));
  if (Array.isArray(value)) return value.map((item: unknown) => (isBlock(item) ? withDefaults(item) : item));
  return value;
}

const withDefaults = ({ type, props }: Block): Block => ({ type, props: filled(props, DEFAULTS[type] ?? {}) as Props });

/** The document with every prop present, as the editor's fields need it. */
export function toEditor(doc: PageDoc): PageDoc {
  const content = doc.content.map((block) => withDefaults(block as Block));
  return { ...doc, content: content, root: { props: filled(doc.root.props ?? {}, ROOT_DEFAULTS) as Props } };
}

/** What the server keeps: the editor's data with what the editor does not know of, in the version's language. */
export function toServer(data: PageDoc, { doc, locale }: Pick<PageContent, "doc" | "locale">): PageDoc {
  const { root, content } = data;
  return { root: { props: { ...root.props, locale } }, content, ...(doc.variants ? { variants: doc.variants } : {}) };
}

/** A document to begin another language with: the same blocks at an address of its own. */
export function inLanguage(doc: PageDoc, locale: string): PageDoc {
  const props = doc.root.props ?? {};
  const slug = typeof props["slug"] === "string" ? props["slug"] : "";
  return { ...doc, root: { props: { ...props, locale, slug: slug ? `${locale.toLowerCase()}/${slug.split("/").at(-1) ?? slug}` : locale.toLowerCase() } } };
}

/** Whether both say the same; the order in which an object names its props does not count. */
export const isSameDoc = (one: PageDoc, other: PageDoc): boolean => ordered(one) === ordered(other);

const ordered = (doc: PageDoc): string =>
  JSON.stringify({ root: doc.root, content: doc.content }, (_, value: unknown) => (isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a.localeCompare(b))) : value));

/** Where in a document something stands: in a block, or in the settings of the page. */
export interface Place {
  /** The block's id; null is the page itself. */
  id: string | null;
  /** The field in it, such as `items.0.title`; empty is the whole of it. */
  field: string;
}

/** Reads `doc.content[2].props.aside[0].props.heading` against the document it was said of. */
export function placeOf(doc: PageDoc, path: string): Place {
  let parts = path.replace(/\[(\d+)\]/g, ".$1").split(".");
  if (parts[0] === "doc") parts = parts.slice(1);
  if (parts[0] === "root") return { id: null, field: parts.slice(2).join(".") };
  let place: Place = { id: null, field: parts.join(".") };
  let props: Props = { content: doc.content };
  for (;;) {
    const [list, index, , ...rest] = parts;
    const block = list === undefined ? undefined : (props[list] as unknown[] | undefined)?.[Number(index)];
    if (!isBlock(block)) return place;
    place = { id: typeof block.props["id"] === "string" ? block.props["id"] : null, field: rest.join(".") };
    props = block.props;
    parts = rest;
  }
}
