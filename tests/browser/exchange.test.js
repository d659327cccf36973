// Deals go out as a file, are changed there, and come back; a column becomes a field; a contact goes out as a card.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility, answer, demo, inNorwegian, signedIn, waitFor } from "./admin.js";
import { picture, textOf } from "./program.js";

const desktop = { viewport: { width: 1440, height: 900 }, locale: "en-GB" };
const phone = { viewport: { width: 390, height: 844 }, locale: "nb-NO", colorScheme: "dark", hasTouch: true, isMobile: true };
const { browser, program } = await demo();

/** The rows of a CSV; cells may be quoted. */
function parse(text) {
  const rows = text.trimEnd().split("\r\n");
  return rows.map((row) => [...row.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell]) => cell.replace(/^"|"$/g, "").replaceAll('""', '"')).slice(0, rows[0].split(",").length));
}
const write = (rows) => rows.map((row) => row.map((cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",")).join("\r\n");

const upload = (page, name, text) => page.locator('input[type="file"]').setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });

async function choose(page, label, option) {
  await page.getByRole("combobox", { name: label, exact: true }).click();
  await page.getByRole("option", { name: option, exact: true }).click();
}

test("deals are taken out, changed and brought in, with a field that is made on the way", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    await page.goto(`${program.url}/admin/deals?view=list&status=open&sort=-value`);
    await page.getByRole("row").nth(3).waitFor();
    await page.getByRole("button", { name: "Export" }).click();
    await picture(page, "exchange-deals");
    const coming = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: "CSV", exact: true }).click();
    const [head, ...rows] = parse(await textOf(await coming));
    assert.deepEqual(head.slice(0, 10), ["Deal id", "Title", "Contact", "Contact's e-mail", "Funnel", "Stage", "Status", "Value", "Value (currency)", "Discount"]);
    const listed = await answer(program, "/api/v1/deals?status=open&sort=dearest&limit=500");
    assert.deepEqual(rows.map(([id]) => id), listed.items.map(({ id }) => id));
    assert.ok(rows.every((row) => row.length === head.length), "every row has all cells");

    // Another title, another name for a stage, and something nobody kept so far.
    const sizes = ["Large", "Small"];
    const some = rows.slice(0, 8).map((row) => [...row]);
    some[0][1] = "Changed in a file";
    const stage = some[1][5];
    some[1][5] = "Talks";
    const text = write([[...head, "Shop size"], ...some.map((row, index) => [...row, sizes[index % 2]])]);
    await page.goto(`${program.url}/admin/imports`);
    await upload(page, "deals.csv", text);
    await page.getByRole("heading", { name: "What the columns mean" }).waitFor();
    assert.equal(await page.getByRole("combobox", { name: "Each row is" }).inputValue(), "A deal");
    await choose(page, "Deals that are there already", "Change as the file says");
    await choose(page, "Meaning of Shop size", "Own field");
    assert.equal(await page.getByRole("textbox", { name: "Name of the new field for Shop size" }).inputValue(), "Shop size");
    assert.equal(await page.getByRole("combobox", { name: "Type of the new field for Shop size" }).inputValue(), "Choice");
    await page.getByRole("combobox", { name: "Type of the new field for Shop size" }).scrollIntoViewIfNeeded();
    await picture(page, "exchange-field");

    await page.getByRole("button", { name: "Dry run" }).click();
    await page.getByRole("heading", { name: "Result of the dry run" }).waitFor();
    await page.getByText(/has no stage Talks/).waitFor();
    await choose(page, "What Talks means", stage);
    await page.getByRole("heading", { name: "What the stages mean" }).scrollIntoViewIfNeeded();
    await picture(page, "exchange-stages");
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page.getByText("Deals changed").waitFor();
    await picture(page, "exchange-result");
    assert.deepEqual(await accessibility(page), []);
    const one = await answer(program, `/api/v1/deals/${some[0][0]}`);
    assert.deepEqual([one.title, one.fields.shop_size], ["Changed in a file", "Large"]);
    const fields = await answer(program, "/api/v1/fields?entity=deal");
    assert.deepEqual(fields.items.filter(({ key }) => key === "shop_size").map(({ kind, choices }) => [kind, choices.length]), [["choice", 2]]);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("a contact is taken out as an address card", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    const { items } = await answer(program, "/api/v1/contacts?limit=1&sort=name");
    await page.goto(`${program.url}/admin/contacts/${items[0].id}`);
    await page.getByRole("button", { name: "More actions" }).click();
    await picture(page, "exchange-card");
    const coming = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: "Address card (vCard)" }).click();
    const download = await coming;
    assert.match(download.suggestedFilename(), /\.vcf$/);
    const card = await textOf(download);
    assert.match(card, /^BEGIN:VCARD\r\nVERSION:4\.0\r\n/);
    assert.ok(card.includes(`FN:${items[0].display_name}`), card);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("on a phone, in Norwegian and in the dark, a file is understood", async () => {
  const { context, page, faults } = await signedIn(browser, program, phone);
  try {
    await inNorwegian(page);
    await page.goto(`${program.url}/admin/deals?view=list`);
    await page.getByRole("button", { name: "Eksporter" }).waitFor();
    await page.getByRole("row").nth(2).waitFor();
    await picture(page, "exchange-phone-deals");
    assert.deepEqual(await accessibility(page), []);
    const { items } = await answer(program, "/api/v1/contacts?limit=2&sort=email");
    await page.goto(`${program.url}/admin/imports`);
    const lines = items.map(({ email }, index) => `Fra fil ${index};Samtale;${email};${index + 1} 250,50;${["31.01.2025", "02.03.2026"][index]}`);
    await upload(page, "salg.csv", ["Tittel;Fase;E-post;Verdi;Ønsket dato", ...lines].join("\n"));
    await page.getByRole("heading", { name: "Hva fasene betyr" }).waitFor();
    await page.getByRole("combobox", { name: /^Betydningen av Ønsket dato|Ønsket dato/ }).first().click();
    await page.getByRole("option", { name: "Eget felt", exact: true }).click();
    await page.getByRole("combobox", { name: "Type for det nye feltet for Ønsket dato" }).scrollIntoViewIfNeeded();
    await picture(page, "exchange-phone-field");
    await waitFor(async () => (await page.locator('[aria-busy="true"]').count()) === 0);
    await page.getByRole("heading", { name: "De første radene" }).scrollIntoViewIfNeeded();
    await picture(page, "exchange-phone-stages");
    assert.equal(await page.getByRole("combobox", { name: "Type for det nye feltet for Ønsket dato" }).inputValue(), "Dato");
    const [width, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.equal(width, room, "nothing is wider than the screen");
    assert.deepEqual(await accessibility(page), []);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});
