import type { Schema } from "../api/types";
import classes from "./CommandPalette.module.css";

/** A text with what was looked for standing out. */
export function Pieces({ of }: { of: readonly Schema<"SearchPiece">[] }) {
  return of.map(({ text, is_match }, index) => (is_match ? <mark key={index} className={classes["match"]}>{text}</mark> : text));
}
