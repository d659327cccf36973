import type { PageState } from "./api";

export const STATE_COLORS: Record<PageState, string> = { draft: "gray", published: "fjord", changed: "fjord" };
