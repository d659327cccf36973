import { describe, expect, it } from "vitest";
import type { Deal } from "./api";
import { applyChange, findDeal, shiftSum, withConfirmed, withPending, type Board } from "./board";

const NOW = Date.parse("2026-11-22T09:00:00Z");
const nok = (minor: number) => ({ minor, currency: "NOK" });
const deal = (id: string, stage: string, minor: number, more: Partial<Deal> = {}): Deal => ({
  id, title: id, contact_id: "ctc_1", contact_name: "Kari", funnel_id: "fun_1", stage, value: nok(minor), owner_id: null, status: "open", reason: "", channel: "",
  order_id: null, stage_entered_at: "2026-11-01T00:00:00Z", created_at: "2026-11-01T00:00:00Z", updated_at: "2026-11-01T00:00:00Z", closed_at: null,
  fields: {}, discount: null, funnel_version: 1, held: null, won_past: [], approval_asked: null, answer_due_at: null, ...more,
});

function makeBoard(): Board {
  return {
    funnel_id: "fun_1",
    won_since: "2026-10-23T09:00:00Z",
    columns: [
      { stage: "interest", open: { count: 2, values: [nok(300)] }, won: { count: 0, values: [] }, deals: [deal("a", "interest", 100), deal("b", "interest", 200)] },
      // The server counts more deals than it shows.
      { stage: "decision", open: { count: 101, values: [nok(5_000)] }, won: { count: 0, values: [] }, deals: [deal("c", "decision", 50)] },
      { stage: "action", open: { count: 0, values: [] }, won: { count: 1, values: [nok(70)] }, deals: [deal("d", "action", 70, { status: "won" })] },
    ],
  };
}

const column = (board: Board, stage: string) => board.columns.find((one) => one.stage === stage);

/** Every deal once, and its column's own. */
function check(board: Board) {
  const ids = board.columns.flatMap(({ deals }) => deals.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
  for (const { stage, deals } of board.columns) for (const one of deals) expect(one.stage).toBe(stage);
}

describe("a move on the board", () => {
  it("puts the deal on top of the other column and takes its value along", () => {
    const board = applyChange(makeBoard(), { kind: "move", deal: "a", stage: "decision" }, NOW);
    check(board);
    expect(column(board, "interest")).toMatchObject({ open: { count: 1, values: [nok(200)] } });
    expect(column(board, "decision")).toMatchObject({ open: { count: 102, values: [nok(5_100)] } });
    expect(column(board, "decision")?.deals.map(({ id }) => id)).toEqual(["a", "c"]);
    expect(findDeal(board, "a")?.stage_entered_at).toBe("2026-11-22T09:00:00.000Z");
  });

  it("changes nothing for a deal that is there, closed or gone, or a stage that is not", () => {
    const board = makeBoard();
    expect(applyChange(board, { kind: "move", deal: "a", stage: "interest" }, NOW)).toBe(board);
    expect(applyChange(board, { kind: "move", deal: "d", stage: "interest" }, NOW)).toBe(board);
    expect(applyChange(board, { kind: "move", deal: "x", stage: "interest" }, NOW)).toBe(board);
    expect(applyChange(board, { kind: "move", deal: "a", stage: "nirvana" }, NOW)).toBe(board);
  });

  it("leaves what was there untouched", () => {
    const board = makeBoard();
    const before = structuredClone(board);
    withPending(board, [{ kind: "move", deal: "a", stage: "decision" }, { kind: "close", deal: "b", outcome: "lost" }], NOW);
    expect(board).toEqual(before);
  });
});

describe("deals of older versions", () => {
  it("leave their column when they come into a stage of this version", () => {
    const board = makeBoard();
    board.columns.push({ stage: "", open: { count: 1, values: [nok(10)] }, won: { count: 0, values: [] }, deals: [deal("e", "trial", 10)] });
    const moved = applyChange(board, { kind: "move", deal: "e", stage: "decision" }, NOW);
    expect(column(moved, "")).toMatchObject({ open: { count: 0, values: [] }, deals: [] });
    expect(findDeal(moved, "e")?.stage).toBe("decision");
    expect(findDeal(withConfirmed(board, deal("e", "trial", 20)), "e")?.value).toEqual(nok(20));
  });
});

describe("closing on the board", () => {
  it("moves the sum of a won deal and takes a lost one away", () => {
    const won = applyChange(makeBoard(), { kind: "close", deal: "a", outcome: "won" }, NOW);
    check(won);
    expect(column(won, "interest")).toMatchObject({ open: { count: 1, values: [nok(200)] }, won: { count: 1, values: [nok(100)] } });
    const lost = applyChange(makeBoard(), { kind: "close", deal: "a", outcome: "lost" }, NOW);
    expect(findDeal(lost, "a")).toBeUndefined();
    expect(column(lost, "interest")).toMatchObject({ open: { count: 1, values: [nok(200)] }, won: { count: 0 } });
  });
});

describe("several changes on the way", () => {
  it("are seen together; one that is refused goes back without the others", () => {
    const first = { kind: "move", deal: "a", stage: "decision" } as const;
    const second = { kind: "move", deal: "b", stage: "decision" } as const;
    const both = withPending(makeBoard(), [first, second], NOW);
    check(both);
    expect(column(both, "decision")?.deals.map(({ id }) => id)).toEqual(["b", "a", "c"]);
    const rest = withPending(makeBoard(), [second], NOW);
    expect(findDeal(rest, "a")?.stage).toBe("interest");
    expect(column(rest, "interest")?.open).toEqual({ count: 1, values: [nok(100)] });
  });

  it("do no harm when the server's board has them already", () => {
    const change = { kind: "move", deal: "a", stage: "decision" } as const;
    const confirmed = withConfirmed(makeBoard(), deal("a", "decision", 100));
    expect(withPending(confirmed, [change], NOW)).toBe(confirmed);
    check(confirmed);
  });

  it("take over what the server says of the deal", () => {
    const board = withConfirmed(makeBoard(), deal("a", "interest", 900, { title: "Bigger" }));
    expect(column(board, "interest")?.open).toEqual({ count: 2, values: [nok(1_100)] });
    expect(findDeal(withConfirmed(makeBoard(), deal("a", "interest", 100, { status: "lost" })), "a")).toBeUndefined();
  });
});

describe("sums", () => {
  it("keep currencies apart and forget those without deals", () => {
    const eur = { minor: 500, currency: "EUR" };
    const both = shiftSum({ count: 1, values: [nok(100)] }, eur, 1);
    expect(both).toEqual({ count: 2, values: [nok(100), eur] });
    expect(shiftSum(both, eur, -1)).toEqual({ count: 1, values: [nok(100)] });
    expect(shiftSum({ count: 1, values: [nok(100)] }, nok(100), -1)).toEqual({ count: 0, values: [] });
    expect(shiftSum({ count: 0, values: [] }, nok(0), -1).count).toBe(0);
  });
});
