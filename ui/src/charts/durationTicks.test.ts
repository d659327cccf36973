import { describe, expect, it } from "vitest";
import { durationAxis } from "./durationTicks";

const HOUR = 3_600;
const DAY = 24 * HOUR;

describe("an axis of times", () => {
  it.each([
    [0, 1, 1],
    [5.5, 1, 6],
    [76_000, 6 * HOUR, 24 * HOUR],
    [15 * DAY, 3 * DAY, 15 * DAY],
    [3_000 * DAY, 730 * DAY, 3_650 * DAY],
  ])("of %d s has marks every %d s up to %d s", (longest, interval, max) => {
    expect(durationAxis(longest)).toEqual({ interval, max });
  });
});
