// Dashboards in a real browser: moved by mouse and by keyboard, in the dark, and on Home.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility, answer, demo, signedIn, waitFor } from "./admin.js";
import { picture } from "./program.js";

const desktop = { viewport: { width: 1440, height: 1000 }, locale: "en-GB" };

const { browser, program } = await demo();
const { items } = await answer(program, "/api/v1/dashboards");
const board = await answer(program, `/api/v1/dashboards/${items[0].id}`);

const nameOf = (tile) => ("text" in tile ? "Text" : (tile.title ?? board.insights.find(({ id }) => id === tile.insight_id).name));
const order = async () => (await answer(program, `/api/v1/dashboards/${board.id}`)).tiles.map(({ id }) => id);

test("tiles are dragged with the mouse, moved with the keyboard, and pulled larger", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    const [first, second] = board.tiles;
    const ids = board.tiles.map(({ id }) => id);
    await page.goto(`${program.url}/admin/insights/dashboards/${board.id}`);
    const tile = (of) => page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: nameOf(of), exact: true }) });
    await tile(second).hover();

    // On the left half of the first tile it goes before it.
    const { height } = await tile(first).boundingBox();
    await page.getByRole("button", { name: new RegExp(`^Move ${nameOf(second)}: place 2`) }).dragTo(tile(first), { targetPosition: { x: 40, y: height / 2 } });
    await page.getByRole("button", { name: new RegExp(`^Move ${nameOf(second)}: place 1`) }).waitFor();
    assert.deepEqual(await waitFor(async () => ((await order())[0] === second.id ? order() : null)), [ids[1], ids[0], ...ids.slice(2)]);

    await page.getByRole("button", { name: new RegExp(`^Move ${nameOf(second)}`) }).press("ArrowRight");
    await page.getByRole("status").filter({ hasText: `Moved to place 2 of ${ids.length}` }).waitFor();
    assert.deepEqual(await waitFor(async () => ((await order())[0] === first.id ? order() : null)), ids);

    const corner = page.getByRole("button", { name: new RegExp(`^Resize ${nameOf(first)}`) });
    const { x, y, width } = await corner.boundingBox();
    await page.mouse.move(x + width / 2, y + width / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y + width / 2 + 150, { steps: 5 });
    await page.mouse.up();
    await page.getByRole("button", { name: new RegExp(`^Resize ${nameOf(first)}: ${first.width} columns, ${first.height + 2} rows`) }).waitFor();
    await picture(page, "dashboard-moved");
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("in the dark everything keeps its contrast, the heat map too", async () => {
  const { context, page } = await signedIn(browser, program, { ...desktop, colorScheme: "dark" });
  try {
    await page.goto(`${program.url}/admin/insights/dashboards/${board.id}?period=30d&compare=previous`);
    await page.getByRole("columnheader", { name: "Week 1" }).waitFor();
    await page.getByText("Step 1", { exact: true }).first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.mantineColorScheme), "dark");
    await picture(page, "dashboard-dark");
    assert.deepEqual(await accessibility(page), []);
  } finally {
    await context.close();
  }
});

test("what is pinned stands on Home, and a tile leads to its insight", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    const shown = board.tiles.find((tile) => "insight_id" in tile);
    const pinned = page.getByRole("region", { name: board.name, exact: true });
    await pinned.getByRole("link", { name: nameOf(shown), exact: true }).waitFor();
    await pinned.getByRole("group", { name: nameOf(shown), exact: true }).getByRole("img").first().waitFor();
    assert.deepEqual(await accessibility(page), []);
    await picture(page, "home-pinned");
    await pinned.getByRole("group", { name: nameOf(shown), exact: true }).click({ position: { x: 20, y: 20 } });
    await page.getByRole("heading", { name: nameOf(shown), level: 1 }).waitFor();

    await page.goto(`${program.url}/admin/insights/new?kind=trend`);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("Alone on Home");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "More for Alone on Home" }).click();
    await page.getByRole("menuitem", { name: "Show on Home" }).click();
    await page.getByText("“Alone on Home” is on Home").waitFor();
    await page.getByRole("link", { name: "Home", exact: true }).click();
    await page.getByRole("link", { name: "Alone on Home", exact: true }).waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});
