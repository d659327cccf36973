import Markdown from "markdown-to-jsx/react";

/** Headings of a tile stand below the dashboard's and the tiles'. */
const OVERRIDES = {
  h1: { component: "h3" }, h2: { component: "h3" }, h3: { component: "h4" },
  a: { props: { target: "_blank", rel: "noopener noreferrer" } },
  // Pictures would ask other servers for themselves whenever the dashboard is opened.
  img: { component: () => null },
} as const;

/** The text of a tile. HTML in it is shown as the text it is. */
export default function MarkdownText({ text }: { text: string }) {
  return <Markdown options={{ disableParsingRawHTML: true, forceBlock: true, overrides: OVERRIDES }}>{text}</Markdown>;
}
