import Markdown from "markdown-to-jsx/react";
import classes from "./Activities.module.css";

/** Headings of a note are no headings of the page. */
const bold = { component: "p", props: { className: classes["noteHead"] ?? "" } } as const;
const OVERRIDES = {
  h1: bold, h2: bold, h3: bold, h4: bold, h5: bold, h6: bold,
  a: { props: { target: "_blank", rel: "noopener noreferrer" } },
  // Pictures would ask other servers for themselves whenever the note is read.
  img: { component: () => null },
} as const;

/** What somebody wrote. HTML in it is shown as the text it is; names that are called stand out. */
export default function ActivityText({ text, names }: { text: string; names: readonly string[] }) {
  return (
    <div className={classes["text"]}>
      <Markdown options={{ disableParsingRawHTML: true, forceBlock: true, overrides: OVERRIDES }}>{called(text, names)}</Markdown>
    </div>
  );
}

const escaped = (name: string) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The longest name counts, so that `@Kari Nordmann` is not Kari. */
function called(text: string, names: readonly string[]): string {
  if (!text.includes("@") || names.length === 0) return text;
  const longest = [...names].sort((a, b) => b.length - a.length).map(escaped).join("|");
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])@(${longest})(?![\\p{L}\\p{N}])`, "giu"), "**@$1**");
}
