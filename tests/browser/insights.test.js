// Insights in a real browser: asked, shared by address, saved, put on a dashboard and read on the phone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility, answer, demo, signedIn, waitFor } from "./admin.js";
import { picture, textOf } from "./program.js";

const desktop = { viewport: { width: 1280, height: 900 }, locale: "en-GB" };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: "nb-NO" };

const { browser, program } = await demo();

const admin = (options = desktop) => signedIn(browser, program, options);

async function choose(page, field, text, option) {
  const box = page.getByRole("combobox", { name: field, exact: true });
  await box.click();
  await box.fill(text);
  await page.getByRole("option", { name: option }).first().click();
}

test("a funnel is built step by step, and its address says all of it", async () => {
  const { context, page, faults } = await admin();
  try {
    await page.goto(`${program.url}/admin/insights`);
    await page.getByRole("link", { name: /^Funnel How many/ }).click();
    await page.getByRole("figure", { name: "Funnel" }).waitFor();
    await choose(page, "Step 2", "offer", /^Offer viewed/);
    await page.getByRole("button", { name: "Add a filter to Step 1" }).click();
    await choose(page, "Property", "channel", "Channel");
    const value = page.getByRole("combobox", { name: "Value of Channel" });
    await value.click();
    await page.getByRole("option", { name: "google-ads" }).click();
    await page.keyboard.press("Escape");
    await page.waitForURL(/google-ads/);
    await page.getByRole("region", { name: "The funnel as a table" }).getByRole("row").nth(2).waitFor();
    await picture(page, "insight-funnel");
    assert.deepEqual(await accessibility(page), []);

    const other = await context.newPage();
    await other.goto(page.url());
    await other.getByRole("figure", { name: "Funnel" }).waitFor();
    assert.equal(await other.getByRole("combobox", { name: "Step 2", exact: true }).inputValue(), "Offer viewed");

    await other.getByRole("tab", { name: "Trend" }).click();
    await other.waitForURL(/kind=trend/);
    await other.getByRole("img", { name: /Offer viewed/ }).waitFor();
    await other.goBack();
    await other.waitForURL(/kind=funnel/);
    await other.getByRole("figure", { name: "Funnel" }).waitFor();

    await page.getByRole("button", { name: /reached .*Show them/ }).first().click();
    await page.getByRole("dialog").getByRole("listitem").first().waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("two periods are compared in words, in a picture and in files", async () => {
  const { context, page, faults } = await admin();
  try {
    await page.goto(`${program.url}/admin/insights/new?kind=funnel&period=7d&compare=previous`);
    const changed = page.getByRole("region", { name: "What changed", exact: true });
    await changed.getByText(/^Compared with /).waitFor();
    const row = page.getByRole("region", { name: "What changed, step by step" }).getByRole("row").nth(1);
    assert.match(await row.textContent(), /(Clearly up|Clearly down|May be chance|No change).*%.*%.*p [=<]/);
    await changed.getByText("From the start", { exact: true }).click();
    await picture(page, "insight-compared");
    assert.deepEqual(await accessibility(page), []);

    await page.getByRole("button", { name: "Export" }).click();
    const coming = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: "What changed (CSV)" }).click();
    const [head, first] = (await textOf(await coming)).split("\r\n");
    assert.match(head, /^Step,Name,Share of the step before,Second period,Difference,/);
    assert.match(first, /^2,[^,]+,(-?[\d.]+,){5}/);

    await page.getByText("Time", { exact: true }).click();
    await page.getByRole("region", { name: "How long each step takes" }).getByRole("columnheader", { name: "95% within" }).waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("what the server refuses is said at its field", async () => {
  const { context, page } = await admin();
  try {
    const ask = { series: [{ event: ["Page Viewed"] }, { event: ["Lead Captured"] }], formula: "A /" };
    await page.goto(`${program.url}/admin/insights/new?kind=trend&ask=${encodeURIComponent(JSON.stringify(ask))}`);
    const formula = page.getByRole("textbox", { name: "Formula" });
    await page.getByText("The question needs a look").waitFor();
    assert.equal(await formula.getAttribute("aria-invalid"), "true");
    await formula.fill("B / A * 100");
    await page.getByRole("img", { name: /^B \/ A \* 100/ }).waitFor();
    assert.equal(await formula.getAttribute("aria-invalid"), null);
  } finally {
    await context.close();
  }
});

test("a trend is saved, stands on a dashboard, and is read on the phone", async () => {
  const { context, page, faults } = await admin();
  try {
    await page.goto(`${program.url}/admin/insights/new?kind=trend`);
    await page.getByRole("img", { name: /Page viewed/ }).waitFor();
    await page.getByText("Bars", { exact: true }).click();
    await page.waitForURL(/chart=bars/);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("Visitors each day");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "Visitors each day", level: 1 }).waitFor();
    await page.waitForURL(/insights\/ins_/);

    await page.getByRole("button", { name: "More for Visitors each day" }).click();
    await page.getByRole("menuitem", { name: "Add to a dashboard" }).click();
    await choose(page, "Dashboard", "", "New dashboard");
    await page.getByRole("dialog").getByLabel("Name").fill("Monday");
    await page.getByRole("dialog").getByRole("button", { name: "Add" }).click();
    await page.getByRole("heading", { name: "Monday", level: 1 }).waitFor();
    await page.getByRole("img", { name: /Page viewed/ }).waitFor();

    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("menuitem", { name: "Text" }).click();
    await page.getByRole("textbox", { name: "Text" }).fill("# Look here first\n<script>alert(1)</script>");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "Look here first" }).waitFor();
    await page.getByRole("button", { name: /^Move Text: place 2 of 2/ }).press("ArrowLeft");
    await page.getByRole("button", { name: /^Move Text: place 1 of 2/ }).waitFor();
    await page.getByRole("button", { name: /^Resize Text/ }).press("ArrowDown");
    await page.getByRole("button", { name: /^Resize Text: 12 columns, 3 rows/ }).waitFor();
    await picture(page, "dashboard");
    assert.deepEqual(await accessibility(page), []);

    const [, id] = /dashboards\/(dsh_\w+)/.exec(page.url());
    const kept = await waitFor(async () => {
      const { tiles } = await answer(program, `/api/v1/dashboards/${id}`);
      return tiles[0].text && tiles[0].height === 3 ? tiles : null;
    });
    assert.equal(kept.length, 2);
    assert.equal(kept[1].insight_id.slice(0, 4), "ins_");

    const pocket = await browser.newContext({ ...phone, storageState: await context.storageState() });
    const small = await pocket.newPage();
    await small.goto(page.url());
    await small.getByRole("img", { name: /Page viewed|Side vist/ }).waitFor();
    await picture(small, "dashboard-phone");
    assert.ok(await small.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing scrolls sideways");
    assert.deepEqual(await accessibility(small), []);
    await pocket.close();
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});
