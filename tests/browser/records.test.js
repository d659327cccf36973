// From a field of the company's own over a filtered list to a saved view, an edit of many and back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility, answer, demo, signedIn, waitFor } from "./admin.js";
import { picture, textOf } from "./program.js";

const desktop = { viewport: { width: 1440, height: 900 }, locale: "en-GB" };
const { browser, program } = await demo();

test("a field is made, filled, filtered by, saved as a view, and many are tagged and untagged", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    await page.goto(`${program.url}/admin/settings/fields`);
    await page.getByRole("button", { name: "Add a field" }).click();
    const form = page.getByRole("dialog");
    await form.getByLabel("Name", { exact: true }).fill("Shop size");
    await form.getByLabel("Type").click();
    await page.getByRole("option", { name: "Choice", exact: true }).click();
    await form.getByLabel("Choice 1", { exact: true }).fill("Large");
    await form.getByRole("button", { name: "Add a choice" }).click();
    await form.getByLabel("Choice 2", { exact: true }).fill("Small");
    assert.equal(await form.getByLabel("Key").inputValue(), "shop_size");
    await form.getByRole("button", { name: "Add a field" }).click();
    await page.getByText("Choice · shop_size").waitFor();
    await picture(page, "records-fields");
    assert.deepEqual(await accessibility(page), []);

    const { items } = await answer(program, "/api/v1/contacts?limit=3&sort=name");
    for (const contact of items.slice(0, 2)) {
      await page.goto(`${program.url}/admin/contacts/${contact.id}`);
      await page.getByRole("button", { name: /Shop size/ }).click();
      await page.getByRole("option", { name: "Large" }).click();
      await waitFor(async () => (await answer(program, `/api/v1/contacts/${contact.id}`)).traits.shop_size === "large");
    }
    await picture(page, "records-contact");

    await page.goto(`${program.url}/admin/contacts`);
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByRole("combobox", { name: "Field", exact: true }).click();
    await page.getByRole("option", { name: "Shop size" }).click();
    await page.getByRole("dialog").getByRole("combobox", { name: "Shop size" }).click();
    await page.getByRole("option", { name: "Large" }).click();
    await picture(page, "records-filter");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").getByRole("button", { name: "Apply" }).click();
    await page.getByRole("button", { name: "Shop size is one of Large", exact: true }).waitFor();
    await waitFor(async () => (await page.getByRole("row").count()) === 3);

    await page.getByRole("button", { name: "Save as view" }).click();
    await page.getByLabel("Name of the view").fill("Large shops");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: "Large shops", exact: true }).waitFor();
    await page.getByRole("button", { name: "All contacts" }).click();
    await waitFor(async () => (await page.getByRole("row").count()) > 3);
    await page.getByRole("button", { name: "Large shops", exact: true }).click();
    await waitFor(async () => (await page.getByRole("row").count()) === 3);

    await page.getByRole("checkbox", { name: "Select all shown" }).check();
    await page.getByRole("button", { name: "Add tags" }).click();
    await page.getByRole("dialog").getByLabel("Tags").fill("spring");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Apply" }).click();
    await page.getByText("2 entries changed").waitFor();
    await picture(page, "records-bulk");
    const tagsOf = async (id) => (await answer(program, `/api/v1/contacts/${id}`)).tags;
    assert.ok((await tagsOf(items[0].id)).includes("spring"));
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("2 entries are as they were").waitFor();
    assert.ok(!(await tagsOf(items[0].id)).includes("spring"));

    await page.getByRole("button", { name: "Export" }).click();
    const coming = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: "CSV", exact: true }).click();
    const lines = (await textOf(await coming)).trimEnd().split("\r\n");
    assert.equal(lines.length, 3, lines.join("\n"));
    assert.match(lines[0], /^Name,E-mail/);
    assert.deepEqual(await accessibility(page), []);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("a company is added, a contact joins it, and its screen tells of them", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    await page.goto(`${program.url}/admin/companies`);
    await page.getByRole("button", { name: "Add a company" }).first().click();
    await page.getByRole("dialog").getByLabel("Name").fill("Fjord Dental AS");
    await page.getByRole("dialog").getByLabel("Domain").fill("https://www.fjord-dental.no/");
    await page.getByRole("dialog").getByRole("button", { name: "Add a company" }).click();
    await page.getByRole("heading", { name: "Fjord Dental AS" }).waitFor();
    const address = page.url();
    await page.goto(`${program.url}/admin/contacts`);
    await page.getByRole("button", { name: "Add a contact" }).click();
    await page.getByRole("dialog").getByLabel("First name").fill("Nora");
    await page.getByRole("dialog").getByLabel(/^E-mail/).fill("nora@fjord-dental.no");
    await page.getByRole("dialog").getByRole("button", { name: "Add a contact" }).click();
    await page.getByRole("link", { name: "Fjord Dental AS" }).waitFor();
    await page.goto(address);
    await page.getByRole("link", { name: "Nora" }).waitFor();
    await page.getByRole("button", { name: /Phone/ }).click();
    await page.getByRole("textbox", { name: "Phone" }).fill("+47 22 33 44 55");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: /^\+47 22 33 44 55/ }).waitFor();
    await picture(page, "records-company");
    assert.deepEqual(await accessibility(page), []);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});
