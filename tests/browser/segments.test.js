// A segment from its first rule to the people in it: built while the number moves, told why of one of them, filled by
// hand from a list and from the people behind a number.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility, answer, demo, inNorwegian, signedIn, waitFor } from "./admin.js";
import { picture } from "./program.js";

const desktop = { viewport: { width: 1440, height: 900 }, locale: "en-GB" };
const phone = { viewport: { width: 390, height: 844 }, locale: "en-GB", hasTouch: true, isMobile: true };
const json = (value) => encodeURIComponent(JSON.stringify(value));

const { browser, program } = await demo();
const segmentOf = async (name) => (await answer(program, "/api/v1/segments")).items.find((segment) => segment.name === name);
/** The number beside the rule, once it is the answer to the rule as it stands. */
const counted = (page) =>
  waitFor(async () => {
    const number = page.locator("[data-people]:not([data-stale])");
    return (await number.count()) > 0 && [Number(await number.getAttribute("data-people"))];
  });

test("a rule is built, and the number of its people moves with it", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    await page.goto(`${program.url}/admin/contacts`);
    await page.getByRole("link", { name: "Segments" }).click();
    await page.getByRole("link", { name: "Bought for 1,000 or more in 90 days" }).click();
    const [buyers] = await counted(page);
    assert.ok(buyers > 0);
    await page.getByText("Has ordered for 1,000 or more in all in the last 90 days").waitFor();

    // Everybody who ordered at all is no fewer; without the sum the rule says so.
    await page.getByRole("button", { name: "Remove the detail “The sum of a property”" }).click();
    await page.getByText("Has ordered in the last 90 days", { exact: true }).waitFor();
    const { people: all } = await (
      await fetch(`${program.url}/api/v1/segments/preview`, {
        method: "POST",
        headers: { authorization: `Bearer ${program.secret_key}`, "content-type": "application/json" },
        body: JSON.stringify({ rule: { did: "Order Completed", in_last: "90 days" } }),
      })
    ).json();
    assert.ok(all >= buyers);
    await waitFor(async () => (await counted(page))[0] === all);

    await page.getByRole("button", { name: "Condition", exact: true }).click();
    await page.getByRole("menuitem", { name: "A deal of theirs" }).click();
    await page.getByText(/and has a deal where status is open$/).waitFor();
    await page.getByRole("button", { name: "Remove condition 2" }).click();
    await page.getByLabel("Name").fill("Buyers");
    await picture(page, "segments-builder");
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole("button", { name: "Create the segment" }).click();
    await page.getByRole("heading", { name: "Buyers" }).waitFor();
    const segment = await waitFor(async () => { const found = await segmentOf("Buyers"); return found?.is_counted && found; });
    assert.equal(segment.people, all);
    assert.deepEqual(segment.rule, { did: "Order Completed", in_last: "90 days" });

    await page.goto(`${program.url}/admin/contacts/segments`);
    await page.getByRole("listitem").filter({ hasText: "Has ordered in the last 90 days" }).waitFor();
    await picture(page, "segments");
    assert.deepEqual(await accessibility(page), []);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("its people are a list, and one of them is told why", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    const { id, people } = await segmentOf("Buyers");
    await page.goto(`${program.url}/admin/contacts/segments`);
    await page.getByRole("link", { name: new RegExp(`^${people} p`) }).first().click();
    await page.getByText("Segment is Buyers").waitFor();
    const { items, total } = await answer(program, `/api/v1/contacts?filter=${json({ segment: id })}`);
    assert.equal(total, people);
    await page.goto(`${program.url}/admin/contacts/${items[0].id}`);
    await page.getByRole("button", { name: "Why in Buyers?" }).click();
    const drawer = page.getByRole("dialog");
    await drawer.getByText(`${items[0].display_name} is in it`, { exact: false }).waitFor();
    await drawer.getByText(/happened \d+ times?, last/).waitFor();
    await picture(page, "segments-why");
    assert.deepEqual(await accessibility(page), []);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Entered and left" }).click();
    await page.getByRole("list", { name: "Entered and left" }).getByText("Entered Buyers").first().waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("people of a list and people behind a number become segments of their own", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    await page.goto(`${program.url}/admin/contacts`);
    await page.getByRole("checkbox", { name: /^Select / }).nth(1).check();
    await page.getByRole("checkbox", { name: /^Select / }).nth(2).check();
    await page.getByRole("button", { name: "Add to segment" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("To call");
    await dialog.getByRole("button", { name: "Add to segment" }).click();
    await page.getByText("2 people are now in To call.").waitFor();
    const { id } = await segmentOf("To call");
    await page.goto(`${program.url}/admin/contacts/segments/${id}`);
    await page.getByRole("button", { name: /^Take .* out of the segment$/ }).first().click();
    await waitFor(async () => (await segmentOf("To call")).people === 1);

    await page.goto(`${program.url}/admin/insights/new?kind=funnel&ask=${json({ steps: [{ event: ["Lead Captured"] }, { event: ["Order Completed"] }] })}`);
    await page.getByRole("button", { name: /^[\d,]+ reached .*Show them/ }).nth(1).click();
    await page.getByRole("dialog").getByRole("button", { name: "Save as segment" }).click();
    const save = page.getByRole("dialog", { name: "Save as segment" });
    await save.getByLabel("Name").fill("Leads who bought");
    await save.getByRole("button", { name: "Save" }).click();
    await save.getByText(/contacts? (is|are) in “Leads who bought”/).waitFor();
    await picture(page, "segments-from-people");
    await save.getByRole("link", { name: "Open the segment" }).click();
    await page.getByRole("heading", { name: "Leads who bought" }).waitFor();
    assert.ok((await segmentOf("Leads who bought")).people > 0);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("a segment that another asks for stays, and a phone and Norwegian have it all", async () => {
  const { context, page, faults } = await signedIn(browser, program, phone);
  try {
    const { id } = await segmentOf("Buyers");
    await fetch(`${program.url}/api/v1/segments`, {
      method: "POST",
      headers: { authorization: `Bearer ${program.secret_key}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "Not buyers", rule: { not: { segment: id } } }),
    });
    await page.goto(`${program.url}/admin/contacts/segments`);
    await page.getByRole("button", { name: "More about Buyers" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("Used by Not buyers: change that first.").waitFor();
    await picture(page, "segments-phone");
    await page.goto(`${program.url}/admin/contacts/segments/${id}`);
    await counted(page);
    await picture(page, "segments-phone-builder");
    assert.deepEqual(await accessibility(page), []);
    await inNorwegian(page);
    await page.goto(`${program.url}/admin/contacts/segments`);
    await page.getByText("Har bestilt de siste 90 dagene").waitFor();
    await picture(page, "segments-phone-nb");
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});
