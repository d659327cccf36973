// A name is found although it is misspelt, and two contacts become one and part again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility, answer, demo, signedIn, waitFor } from "./admin.js";
import { picture } from "./program.js";

const desktop = { viewport: { width: 1440, height: 900 }, locale: "en-GB" };
const phone = { viewport: { width: 390, height: 844 }, locale: "nb-NO", colorScheme: "dark", hasTouch: true, isMobile: true };

const { browser, program } = await demo();

async function send(path, body) {
  const headers = { authorization: `Bearer ${program.secret_key}`, "content-type": "application/json" };
  const response = await fetch(program.url + path, { method: "POST", headers, body: JSON.stringify(body) });
  assert.ok(response.ok, `${path}: ${response.status}`);
  return response.status === 202 ? null : response.json();
}

const kari = await send("/api/v1/contacts", { first_name: "Kristoffer", last_name: "Ødegårdstangen", email: "kristoffer@fjord.example", phone: "+47 22 33 44 55", company: "Fjord AS" });
const same = await send("/api/v1/contacts", { first_name: "Kristofer", last_name: "Ødegårdstangen", email: "k.odegardstangen@gmail.com", phone: "22 33 44 55" });
await send("/api/v1/deals", { contact_id: same.id, title: "New website", value: { minor: 450_000, currency: "NOK" } });

test("a misspelt name is found in the palette, with the keyboard alone", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    await page.keyboard.press("Control+k");
    const box = page.getByRole("combobox", { name: "Search" });
    await box.fill("Kristofefr odegardstagnen");
    await page.getByRole("option", { name: /Kristoffer Ødegårdstangen/ }).waitFor();
    await picture(page, "find-palette");
    assert.deepEqual(await accessibility(page), []);
    await box.fill("0047 22 33 44 55");
    await page.getByRole("option", { name: /kristoffer@fjord.example/ }).waitFor();
    await box.fill("wesbite");
    await page.getByRole("option", { name: /New website/ }).waitFor();
    await box.fill("Kristoffer fjord");
    await page.getByRole("option", { name: /Kristoffer Ødegårdstangen/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Kristoffer Ødegårdstangen" }).waitFor();
    await page.keyboard.press("Control+k");
    await box.fill("zzqxv");
    await page.getByText("Nothing matches “zzqxv”.").waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("two duplicates are merged, and the merge is undone", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  try {
    await send("/api/v1/duplicates/look", {});
    await waitFor(async () => (await answer(program, `/api/v1/contacts/${kari.id}/duplicates`)).total > 0);
    await page.goto(`${program.url}/admin/contacts`);
    await page.getByRole("link", { name: "Duplicates" }).click();
    const pair = page.getByRole("listitem", { name: "Kristoffer Ødegårdstangen and Kristofer Ødegårdstangen" });
    await pair.getByText("Same phone, one without country").waitFor();
    await picture(page, "find-duplicates");
    assert.deepEqual(await accessibility(page), []);
    await pair.getByRole("radio", { name: "k.odegardstangen@gmail.com" }).check();
    await pair.getByRole("button", { name: "Merge" }).click();
    await pair.waitFor({ state: "detached" });
    const merged = await answer(program, `/api/v1/contacts/${kari.id}`);
    assert.equal(merged.email, "k.odegardstangen@gmail.com");
    assert.deepEqual(merged.traits.other_emails, ["kristoffer@fjord.example"]);
    assert.equal((await answer(program, `/api/v1/deals?contact=${kari.id}`)).total, 1);
    await page.getByRole("button", { name: "Undo: Kristofer Ødegårdstangen" }).click();
    await pair.waitFor();
    assert.equal((await answer(program, `/api/v1/contacts/${kari.id}`)).email, "kristoffer@fjord.example");
    assert.equal((await answer(program, `/api/v1/contacts/${same.id}`)).first_name, "Kristofer");
    assert.equal((await answer(program, `/api/v1/deals?contact=${same.id}`)).total, 1);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("both are of use on a phone, in the dark, in Norwegian", async () => {
  const { context, page, faults } = await signedIn(browser, program, phone);
  try {
    await page.goto(`${program.url}/admin/contacts/duplicates`);
    await page.getByText("Samme telefon, én uten landkode").waitFor();
    await picture(page, "find-duplicates-phone");
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole("button", { name: /Søk/ }).click();
    await page.getByRole("combobox").fill("odegardstagnen");
    await page.getByRole("option", { name: /Kristoffer/ }).waitFor();
    await picture(page, "find-palette-phone");
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `the page is ${width} wide`);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});
