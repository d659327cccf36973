import { createContext } from "react";
import type { Finding, PageDoc } from "./api";
import { placeOf, type Place } from "./document";

/** Something to mend, at its block (none: the page's settings) and field. */
export type Fault = Place & Pick<Finding, "message" | "severity" | "path">;

/** What the server said of the document it got. Blocks may move afterwards, so each is tied to its block's id. */
export const faultsIn = (doc: PageDoc, findings: readonly Finding[]): Fault[] => findings.map((finding) => ({ ...finding, ...placeOf(doc, finding.path) }));

export const Faults = createContext<readonly Fault[]>([]);
