import type { Money } from "../api/types";
import type { Board, BoardColumn, Deal, DealSum } from "./api";

export type { Board, BoardColumn, DealSum };

/** A change that the server has not confirmed yet. */
export type PendingChange = { kind: "move"; deal: string; stage: string } | { kind: "close"; deal: string; outcome: "won" | "lost" };

/** A sum with an amount added (`sign` 1) or taken away (-1). A currency without deals left has no amount left. */
export function shiftSum(sum: DealSum, value: Money, sign: 1 | -1): DealSum {
  const count = Math.max(0, sum.count + sign);
  if (count === 0) return { count, values: [] };
  const known = sum.values.some(({ currency }) => currency === value.currency);
  const values = known ? sum.values : [...sum.values, { minor: 0, currency: value.currency }];
  const shifted = values.map((one) => (one.currency === value.currency ? { ...one, minor: one.minor + sign * value.minor } : one));
  return { count, values: shifted.filter(({ minor, currency }) => minor !== 0 || sum.values.length === 1 || currency !== value.currency) };
}

const sumOf = (deal: Deal): "open" | "won" | null => (deal.status === "lost" ? null : deal.status);

function without(column: BoardColumn, deal: Deal): BoardColumn {
  const name = sumOf(deal);
  const deals = column.deals.filter(({ id }) => id !== deal.id);
  return name ? { ...column, deals, [name]: shiftSum(column[name], deal.value, -1) } : { ...column, deals };
}

function withDeal(column: BoardColumn, deal: Deal): BoardColumn {
  const name = sumOf(deal);
  // Won and lost deals leave the way of those that are still to be worked on: won ones go to the end.
  const deals = deal.status === "open" ? [deal, ...column.deals] : [...column.deals, deal];
  return name ? { ...column, deals, [name]: shiftSum(column[name], deal.value, 1) } : { ...column, deals };
}

export const findDeal = (board: Board, id: string): Deal | undefined =>
  board.columns.flatMap(({ deals }) => deals).find((deal) => deal.id === id);

/** Whether a deal belongs into a column: that of its stage, else the one of older versions, which has no stage. */
const holds = (board: Board, column: BoardColumn, { stage }: Deal): boolean =>
  column.stage === stage || (column.stage === "" && !board.columns.some((other) => other.stage === stage));

function replace(board: Board, former: Deal, next: Deal | null): Board {
  const columns = board.columns.map((column) => {
    const cleared = holds(board, column, former) ? without(column, former) : column;
    return next && holds(board, column, next) ? withDeal(cleared, next) : cleared;
  });
  return { ...board, columns };
}

/** The board as it will be once a change is confirmed. What does not fit (any more) changes nothing. */
export function applyChange(board: Board, change: PendingChange, nowMs: number): Board {
  const deal = findDeal(board, change.deal);
  if (deal?.status !== "open") return board;
  const now = new Date(nowMs).toISOString();
  if (change.kind === "close") return replace(board, deal, change.outcome === "won" ? { ...deal, status: "won", closed_at: now } : null);
  const isKnown = board.columns.some(({ stage }) => stage === change.stage);
  if (deal.stage === change.stage || !isKnown) return board;
  return replace(board, deal, { ...deal, stage: change.stage, stage_entered_at: now });
}

/**
 * What the reader sees: the server's board with their own unconfirmed changes on it. A change that is refused is simply no
 * longer among them, so that taking it back cannot disturb any other.
 */
export const withPending = (board: Board, changes: readonly PendingChange[], nowMs: number): Board =>
  changes.reduce((seen, change) => applyChange(seen, change, nowMs), board);

/** A board on which a deal stands as the server has confirmed it. */
export function withConfirmed(board: Board, deal: Deal): Board {
  const former = findDeal(board, deal.id);
  return former ? replace(board, former, deal.status === "lost" ? null : deal) : board;
}
