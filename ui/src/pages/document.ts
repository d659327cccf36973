import type { PageContent, PageDoc } from "./api";
import { DEFAULTS, ROOT_DEFAULTS } from "./blocks";

type Props = Record<string, unknown>;
interface Block {
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
