// The funnel map in a real browser: the report's numbers, edited where they stand, looked at by everybody, taken out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility, answer, demo, signedIn, waitFor } from "./admin.js";
import { picture, textOf } from "./program.js";

const desktop = { viewport: { width: 1440, height: 900 }, locale: "en-GB" };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: "nb-NO" };

const { browser, program } = await demo();
const DAY_MS = 86_400_000;
const day = (ago) => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10);
/** Days that are over: nothing that happens meanwhile changes their numbers. */
const past = `period=custom&from=${day(21)}&to=${day(2)}`;
const map = (query = "") => `${program.url}/admin/funnels/map?${past}${query}`;

const funnel = async () => (await answer(program, "/api/v1/funnels")).items[0];
const stageButton = (page, name) => page.getByRole("button", { name: new RegExp(`^${name} .*Open the stage$`) });

/** A table's rows as texts. */
const cells = (table) => table.locator("tbody tr").evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? "")));

test("the map has the numbers of the report", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    await page.goto(`${program.url}/admin/funnels?${past}`);
    const report = page.getByRole("table").filter({ has: page.getByRole("columnheader", { name: "Likely between" }) });
    await report.waitFor();
    const told = (await cells(report)).map(([name, people]) => [name, people]);
    assert.ok(told.length >= 2 && told[0][1] !== "0", JSON.stringify(told));

    await page.getByRole("link", { name: "Map", exact: true }).click();
    await page.waitForURL(/\/funnels\/map\?.*period=custom/);
    await stageButton(page, "Visit").waitFor();
    const drawn = (await cells(page.getByRole("table", { name: "The funnel stage by stage" }))).map(([name, people]) => [name, people]);
    assert.deepEqual(drawn, told);
    for (const [name, people] of told) assert.ok((await stageButton(page, name).textContent())?.includes(people), name);
    await page.getByText("Most is lost after “Visit”", { exact: false }).waitFor();
    await picture(page, "funnel-map");
    assert.deepEqual(await accessibility(page), []);

    // Who was lost is one press away.
    await page.getByRole("button", { name: /Show who left after Visit$/ }).click();
    await page.getByRole("dialog").getByRole("listitem").first().waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("a target is edited on the map and saved; what somebody else published is not written over", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    await page.goto(map());
    await stageButton(page, "Lead").click();
    const panel = page.getByRole("dialog", { name: "Lead" });
    await panel.getByRole("textbox", { name: "Share of them that goes on" }).fill("55.5");
    await panel.getByRole("textbox", { name: "What it is for" }).fill("They ask for a check.");
    await page.getByText("goal 55.5%").first().waitFor();
    await panel.getByRole("button", { name: "Publish" }).click();
    await page.getByText(/^Version \d+ runs now\.$/).waitFor();
    const lead = (await funnel()).document.stages.find(({ id }) => id === "interest");
    assert.equal(lead.target.converts, "55.5%");
    assert.equal(lead.purpose.en, "They ask for a check.");
    assert.ok(lead.purpose.nb, "the other language stays");
    await page.reload();
    await page.getByText("goal 55.5%").first().waitFor();

    // The panel may be closed and the view changed without losing what was written.
    await panel.getByRole("textbox", { name: "Stage", exact: true }).fill("Enquiry");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await stageButton(page, "Enquiry").click();
    const now = await funnel();
    const document = { ...now.document, description: "Changed meanwhile" };
    const passed = await fetch(`${program.url}/api/v1/funnels/${now.id}`, {
      method: "PUT", headers: { authorization: `Bearer ${program.secret_key}`, "content-type": "application/json" }, body: JSON.stringify({ document, base_version: now.version }),
    });
    assert.equal(passed.status, 200);
    const changed = page.getByRole("dialog", { name: "Enquiry" });
    await changed.getByRole("button", { name: "Publish" }).click();
    await changed.getByRole("button", { name: "Load the new version" }).click();
    await waitFor(async () => (await page.getByRole("dialog").getByRole("textbox", { name: "Stage", exact: true }).inputValue()) === "Lead");
    assert.equal((await funnel()).version, now.version + 1);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("what check finds stands where it is", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    const found = { rule: "no_reward", severity: "warning", path: "stages[1]", values: {}, cost_per_month: { minor: 1_234_500, currency: "NOK" }, fix: null, what: "Nobody gets anything here.", why: "People give their address for something.", mend: "Offer a guide." };
    await page.route("**/api/v1/funnels/*/findings*", (route) => route.fulfill({ json: { items: [found] } }));
    await page.goto(map());
    await page.getByRole("button", { name: "1 thing to mend: Lead" }).click();
    const told = page.getByRole("dialog");
    for (const text of ["Nobody gets anything here.", "People give their address for something.", "Costs about NOK 12,345 a month", "Offer a guide."]) await told.getByText(text).waitFor();
    assert.deepEqual(await accessibility(page), []);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("the classic picture and the journey are one press away, and go out as files", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    await page.goto(map("&view=picture"));
    await page.getByRole("img", { name: "The funnel on one page" }).waitFor();
    await picture(page, "funnel-picture");
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole("button", { name: "Take out" }).click();
    const coming = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: "Drawing (SVG)" }).click();
    const drawing = await textOf(await coming);
    for (const text of ["Smilklinikken", "Visit", "Second order", "data:font/woff2"]) assert.ok(drawing.includes(text), text);

    await page.getByText("Journey", { exact: true }).click();
    await page.waitForURL(/view=journey/);
    const journey = page.getByRole("table", { name: "The journey of a buyer" });
    await journey.getByText("A picture on Instagram").waitFor();
    await journey.getByText("Nothing answers it yet").waitFor();
    await picture(page, "funnel-journey");
    assert.deepEqual(await accessibility(page), []);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("a phone gets the map in one column", async () => {
  const { context, page, faults } = await signedIn(browser, program, phone);
  try {
    await page.goto(map());
    const stages = page.locator("[data-stage]");
    await stages.last().waitFor();
    const boxes = await stages.evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map(({ left, right, top }) => ({ left, right, top })));
    for (const { left, right } of boxes) assert.ok(left >= 0 && right <= 390, JSON.stringify(boxes));
    assert.deepEqual(boxes.map(({ top }) => top), boxes.map(({ top }) => top).sort((a, b) => a - b));
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    await picture(page, "funnel-map-phone");
    assert.deepEqual(await accessibility(page), []);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});
