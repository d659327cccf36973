// Funnels are designed in a real browser: from the wizard to what runs, for every template that is shipped.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility, answer, demo, inNorwegian, signedIn, waitFor } from "./admin.js";
import { closeOpenDeals, publish, wizard } from "./designer.js";
import { picture } from "./program.js";

const desktop = { viewport: { width: 1440, height: 900 }, locale: "en-GB" };
const phone = { viewport: { width: 390, height: 844 }, locale: "nb-NO", hasTouch: true, isMobile: true };

const { browser, program } = await demo();
const templates = (await answer(program, "/api/v1/funnel-templates")).items;
const [first] = (await answer(program, "/api/v1/funnels")).items;

test("a stage is changed, the finding beside it mended, and the version published, told apart and taken back", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    await page.goto(`${program.url}/admin/funnels`);
    await page.getByRole("link", { name: /^Design/ }).click();
    await picture(page, "designs");
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole("link", { name: new RegExp(first.document.title.en ?? first.document.title) }).click();
    const stage = page.getByRole("listitem").filter({ has: page.getByRole("button", { expanded: false }) }).first();
    await stage.getByRole("button").first().click();
    await page.getByRole("textbox", { name: "Name", exact: true }).first().fill("Seen");
    await page.getByText(/^Saved .* by Ingrid Solberg/).waitFor();
    await picture(page, "design-stage");
    assert.deepEqual(await accessibility(page), []);

    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await page.getByRole("dialog").getByLabel("Why").fill("People see us first");
    await page.getByRole("dialog").getByText("Seen", { exact: false }).first().waitFor();
    await picture(page, "design-publish");
    await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
    const version = await waitFor(async () => {
      const now = await answer(program, `/api/v1/funnels/${first.id}`);
      return now.version > first.version ? now.version : null;
    });
    await page.getByRole("tab", { name: "History" }).click();
    await page.getByText("People see us first").waitFor();
    await page.getByRole("button", { name: "What changed" }).first().click();
    await picture(page, "design-history");
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole("button", { name: "Go back to this" }).first().click();
    await page.getByRole("button", { name: "Let it run again" }).click();
    await waitFor(async () => (await answer(program, `/api/v1/funnels/${first.id}`)).version > version);
    assert.deepEqual((await answer(program, `/api/v1/funnels/${first.id}`)).document.stages, first.document.stages);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("the text names the line of a fault, and keeps comments", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    await page.goto(`${program.url}/admin/funnels/design/${first.id}?part=text`);
    const area = page.getByRole("textbox", { name: "The funnel as YAML" });
    const text = await area.inputValue();
    await area.fill(text.replace("enters_on:", "enters_no:"));
    await page.getByText(/^Line \d+ cannot be read yet/).waitFor();
    await picture(page, "design-text-fault");
    assert.deepEqual(await accessibility(page), []);
    await area.fill(`# Ours.\n${text}`);
    await page.getByText(/cannot be read yet/).waitFor({ state: "detached" });
    await waitFor(async () => (await answer(program, `/api/v1/funnels/${first.id}/draft`)).source.startsWith("# Ours."));
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Discard the draft" }).click();
    await page.getByRole("button", { name: "Discard", exact: true }).click();
    await waitFor(async () => (await answer(program, `/api/v1/funnels/${first.id}/draft`)).revision === 0);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("on a phone, in Norwegian and in the dark, a design is read and written", async () => {
  const { context, page, faults } = await signedIn(browser, program, { ...phone, colorScheme: "dark" });
  try {
    await inNorwegian(page);
    for (const [part, name] of [["stages", "Trinn"], ["buyers", "Kjøpere"], ["offers", "Tilbud og kanaler"], ["goals", "Mål og grenser"]]) {
      await page.goto(`${program.url}/admin/funnels/design/${first.id}?part=${part}`);
      await page.getByRole("tab", { name, selected: true }).waitFor();
      await page.getByRole("region", { name: "Det som koster salg" }).waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 1, `${part} is ${wide} px wider than the screen`);
      await picture(page, `design-phone-${part}`);
      assert.deepEqual(await accessibility(page), []);
    }
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("each template goes from the wizard to a funnel that runs", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    assert.equal(templates.length, 17);
    await closeOpenDeals(program);
    for (const { id } of templates) {
      await wizard(page, program, id);
      if (id === templates[0].id) await picture(page, "design-draft");
      const view = await publish(page, program, first.id, id);
      assert.equal(view.document.id, first.document.id);
    }
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});
