import Markdown from "markdown-to-jsx/react";

/** Headings of a text stand beside those of the tiles, below the dashboard's. */
const OVERRIDES = {
  h1: { component: "h2" }, h4: { component: "h3" }, h5: { component: "h3" }, h6: { component: "h3" },
  a: { props: { target: "_blank", rel: "noopener noreferrer" } },
  // Pictures would ask other servers for themselves whenever the dashboard is opened.
  img: { component: () => null },
} as const;

/** The text of a tile. HTML in it is shown as the text it is. */
export default function MarkdownText({ text }: { text: string }) {
  return <Markdown options={{ disableParsingRawHTML: true, forceBlock: true, overrides: OVERRIDES }}>{text}</Markdown>;
}
