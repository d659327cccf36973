import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { FunnelAnswer, FunnelStepAnswer } from "../api/types";
import { sessionQuery } from "../api/queries";
import { startTexts } from "../i18n";
import { FunnelPicture } from "./FunnelPicture";

let width = 1000;
vi.mock("@mantine/hooks", async (original) => ({
  ...(await original<typeof import("@mantine/hooks")>()),
  // Nothing is laid out here, so the size is said; and the picture stands still.
  useElementSize: () => ({ ref: () => undefined, width, height: 0 }),
  useReducedMotion: () => true,
}));

const step = (name: string, count: number, prev: number | null) => ({
  name,
  count,
  conversion_from_prev: prev === null ? 1 : prev === 0 ? 0 : count / prev,
  conversion_from_first: 1,
  ci_low: 0,
  ci_high: 1,
  avg_s: null,
  median_s: prev === null ? null : 340,
  p25_s: null,
  p75_s: null,
  p90_s: null,
  p95_s: null,
  dropped: prev === null ? 0 : prev - count,
});
const answer = (steps: FunnelStepAnswer[]): FunnelAnswer => ({
  steps,
  counts: steps.map((one) => one.count),
  conversion_from_prev: steps.map((one) => one.conversion_from_prev),
  conversion_from_first: steps.map((one) => one.conversion_from_first),
  avg_s: steps.map((one) => one.avg_s),
  median_s: steps.map((one) => one.median_s),
  dropped: steps.map((one) => one.dropped),
  excluded_count: 0,
});
const ANSWER = answer([step("Visit", 8000, null), step("Lead", 842, 8000), step("Won", 0, 842)]);

function show(props: Partial<Parameters<typeof FunnelPicture>[0]> = {}) {
  const queries = new QueryClient();
  queries.setQueryData(sessionQuery.queryKey, { setup_required: false, user: null, csrf_token: "", company: null });
  return render(
    <QueryClientProvider client={queries}>
      <MantineProvider>
        <FunnelPicture answer={ANSWER} {...props} />
      </MantineProvider>
    </QueryClientProvider>,
  );
}

beforeAll(() => startTexts("en"));
beforeEach(() => {
  width = 1000;
});
afterEach(cleanup);

describe("the funnel picture", () => {
  it.each([1000, 340])("makes every number a button that leads to its people (%d px)", async (wide) => {
    width = wide;
    const onPick = vi.fn();
    show({ onPick });
    const user = userEvent.setup();
    await user.click(screen.getByRole("button", { name: "842 reached Lead. Show them" }));
    await user.click(screen.getByRole("button", { name: "7,158 dropped off before Lead. Show them" }));
    await user.click(screen.getByRole("button", { name: /^11% went on to Lead/ }));
    expect(onPick.mock.calls).toEqual([[1, "converted"], [1, "dropped"], [1, "converted"]]);
  });

  it("offers nobody where nobody is", () => {
    show({ onPick: vi.fn() });
    expect(screen.queryByRole("button", { name: /0 reached Won/ })).toBeNull();
    expect(screen.getByRole("button", { name: /^0% went on to Won/ })).toHaveProperty("disabled", true);
  });

  it("says the same in a table", () => {
    show({ compared: answer([step("Visit", 9000, null), step("Lead", 900, 9000), step("Won", 1, 900)]) });
    const row = within(screen.getByRole("table", { name: "The funnel as a table" })).getByRole("row", { name: /Lead/ });
    expect(within(row).getAllByRole("cell").map((cell) => cell.textContent)).toEqual(["842", "10.5%", "100%", "7,158", "5 mins 40 secs", "900"]);
  });

  it("marks the biggest leak, and only that one", () => {
    show();
    expect(screen.getAllByText("Biggest leak")).toHaveLength(1);
  });
});
