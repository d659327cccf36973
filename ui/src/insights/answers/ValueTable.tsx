import type { ReactNode } from "react";
import { stageColor } from "../../charts/palette";
import classes from "./Answers.module.css";

export interface ValueRow {
  key: string;
  name: string;
  /** Its place in the palette, where the chart shows it. */
  hue?: number;
  /** Its colour, where it is none of the palette. */
  color?: string;
  isGhost?: boolean;
  cells: readonly ReactNode[];
}

interface Props {
  caption: string;
  head: readonly string[];
  rows: readonly ValueRow[];
  /** The last column still grows. */
  isLastQuiet?: boolean;
  /** How many of the first cells are sums. */
  sums?: number;
}

const ROWS_BEFORE_SCROLL = 12;

/** The figures of a chart. The first column stays while the others are scrolled. */
export function ValueTable({ caption, head, rows, isLastQuiet = false, sums = 0 }: Props) {
  const last = head.length - 2;
  return (
    <div className={classes["table"]} data-tall={rows.length > ROWS_BEFORE_SCROLL || undefined} tabIndex={0} role="region" aria-label={caption}>
      <table>
        <thead>
          <tr>{head.map((title, index) => <th key={index} scope="col" data-quiet={(isLastQuiet && index === last + 1) || undefined}>{title}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row" title={row.name}>
                <span className={classes["named"]}>
                  {(row.hue !== undefined || row.color) && <i className={classes["dot"]} style={{ background: row.color ?? stageColor(row.hue ?? 0), opacity: row.isGhost ? 0.5 : 1 }} />}
                  <span>{row.name}</span>
                </span>
              </th>
              {row.cells.map((cell, index) => <td key={index} className={index < sums ? classes["strong"] : undefined} data-quiet={(isLastQuiet && index === last) || undefined}>{cell}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
