// From any number of an insight to its people, out into a file, and one of them out of the program for good.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility, answer, demo, signedIn } from "./admin.js";
import { picture, textOf } from "./program.js";

const desktop = { viewport: { width: 1440, height: 900 }, locale: "en-GB" };
const json = (value) => encodeURIComponent(JSON.stringify(value));
const back = json({ event: ["Lead Captured"], returning: ["Email Opened", "Offer Viewed", "Page Viewed"] });
const split = json({ steps: [{ event: ["Page Viewed"] }, { event: ["Lead Captured"] }], breakdown: { prop: "channel" } });
const without = json({ steps: [{ event: ["Page Viewed"] }, { event: ["Order Completed"] }], exclusions: [{ event: ["Lead Captured"], from_step: 0, to_step: 1 }] });

/** A question, and the number in its answer whose people are asked for. */
const NUMBERS = {
  "a step of a funnel": ["?kind=funnel", /^[\d,]+ reached .*Show them/],
  "those who dropped off": ["?kind=funnel", /dropped off before .*Show them/],
  "a rate": ["?kind=funnel", /went on to .*Show them/],
  "a value of a breakdown": [`?kind=funnel&ask=${split}`, /reached .*\(Google Ads\)/],
  "those whom an exclusion removed": [`?kind=funnel&ask=${without}`, /left out by the exclusions. Show them/],
  "the period compared with": ["?kind=funnel&period=7d&compare=previous", /^Before: /],
  "those who began in a week": ["?kind=funnel&chart=trend", /^[\d,]+: Visit, .*Show them/],
  "a bucket of a trend": ["?kind=trend", /: Page viewed, people, .*Show them/],
  "a cell of retention": [`?kind=retention&ask=${back}`, /%: .*Show them/],
  "a bucket of the lifecycle": ["?kind=lifecycle", /: New, .*Show them/],
  "those still in a stage": ["?kind=time_in_stage", /Still there. Show them/],
};

const { browser, program } = await demo();

test("every number leads to its people, and they come out as a file", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    for (const [what, [search, label]] of Object.entries(NUMBERS)) {
      await page.goto(`${program.url}/admin/insights/new${search}`);
      await page.getByRole("button", { name: label }).first().click();
      const drawer = page.getByRole("dialog");
      const said = await drawer.getByText(/^[\d,]+ in all$/).textContent();
      const count = Number(said.replace(/\D/g, ""));
      assert.ok(count > 0, what);
      assert.equal(await drawer.getByRole("listitem").count(), Math.min(count, 50), what);
      await drawer.getByRole("button", { name: "Take out the list" }).click();
      const coming = page.waitForEvent("download");
      await page.getByRole("menuitem", { name: "Table (CSV)" }).click();
      const lines = (await textOf(await coming)).trimEnd().split("\r\n");
      assert.equal(lines.length, count + 1, what);
    }
    await picture(page, "people");
    assert.deepEqual(await accessibility(page), []);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("who did not come back is one click from who did", async () => {
  const { context, page } = await signedIn(browser, program, desktop);
  try {
    await page.goto(`${program.url}/admin/insights/new?kind=retention&ask=${back}`);
    await page.getByRole("button", { name: /%: .*Show them/ }).first().click();
    const drawer = page.getByRole("dialog");
    await drawer.getByText("Did not", { exact: true }).click();
    await drawer.getByText(/^Did not come back: Week 1/).waitFor();
    await drawer.getByRole("listitem").first().waitFor();
  } finally {
    await context.close();
  }
});

test("a person is erased after it is said what goes, and a buyer is kept for the books", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    const { items: orders } = await answer(program, "/api/v1/orders?limit=100");
    const buyers = new Set(orders.map(({ contact_id }) => contact_id));
    const { items: contacts } = await answer(program, "/api/v1/contacts?limit=100");
    const person = contacts.find(({ id }) => !buyers.has(id));
    const erase = async (id) => {
      await page.goto(`${program.url}/admin/contacts/${id}`);
      await page.getByRole("button", { name: "More actions" }).click();
      await page.getByRole("menuitem", { name: "Erase this person …" }).click();
    };
    await erase(orders[0].contact_id);
    await page.getByRole("dialog").getByText(/the books must keep/).waitFor();
    assert.equal(await page.getByRole("button", { name: "Erase for good" }).count(), 0);

    await erase(person.id);
    const dialog = page.getByRole("dialog", { name: `Erase ${person.display_name} for good?` });
    await dialog.getByText(/Everything they ever did/).waitFor();
    await picture(page, "erase-person");
    assert.deepEqual(await accessibility(page), []);
    assert.ok(await dialog.getByRole("button", { name: "Erase for good" }).isDisabled());
    await dialog.getByRole("checkbox", { name: "I understand that this cannot be undone" }).check();
    await dialog.getByRole("button", { name: "Erase for good" }).click();
    await page.getByRole("heading", { name: "The person has been erased" }).waitFor();
    const gone = await fetch(`${program.url}/api/v1/contacts/${person.id}`, { headers: { authorization: `Bearer ${program.secret_key}` } });
    assert.equal(gone.status, 404);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});
