// A shut gate says why, in words that people use, and lets one give what is missing right there.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { accessibility, answer, colleague, demo, inNorwegian, signedIn, waitFor } from "./admin.js";
import { closeOpenDeals, publish, send, wizard } from "./designer.js";
import { picture } from "./program.js";

const desktop = { viewport: { width: 1440, height: 900 }, locale: "en-GB" };
const phone = { viewport: { width: 390, height: 844 }, locale: "nb-NO", hasTouch: true, isMobile: true };

const { browser, program } = await demo();
const [funnel] = (await answer(program, "/api/v1/funnels")).items;
await closeOpenDeals(program);
const designer = await signedIn(browser, program, desktop);
after(() => designer.context.close());

// Consultation, where a talk is booked only when it is known for how many, and when.
await wizard(designer.page, program, "consultation");
const running = await publish(designer.page, program, funnel.id, "consultation");
const ofDeals = (key, kind, en, nb, more = {}) => send(program, "POST", "/api/v1/fields", { entity: "deal", key, kind, label: { en, nb }, ...more });
await ofDeals("people", "whole_number", "People", "Antall personer");
await ofDeals("budget", "money", "Budget", "Budsjett");
await ofDeals("part", "choice", "Part of the day", "Tid på dagen", {
  choices: [{ value: "am", label: { en: "Morning", nb: "Formiddag" } }, { value: "pm", label: { en: "Afternoon", nb: "Ettermiddag" } }],
});
const { document } = running;
const booked = document.stages.find(({ id }) => id === "booked");
booked.gate.requires.push("deal.people", { field: "deal.budget", type: "money", min: 500 }, "deal.part");
await send(program, "PUT", `/api/v1/funnels/${funnel.id}`, { document, message: "Ask before a talk is booked" });

const rep = (await answer(program, "/api/v1/users")).items.find(({ email }) => email.startsWith("emil@"));
async function deal(name) {
  const contact = await send(program, "POST", "/api/v1/contacts", { first_name: "Gry", last_name: name });
  return send(program, "POST", "/api/v1/deals", { contact_id: contact.id, title: `Plan for ${name}`, owner_id: rep.id });
}
const read = (id) => answer(program, `/api/v1/deals/${id}`);
const stands = (id, stage) => waitFor(async () => (await read(id)).stage === stage);

/** A dialog slides in: what is looked at must have come to rest. */
const rest = (page) => page.waitForFunction(() => globalThis.document.getAnimations().every(({ playState }) => playState !== "running"));

test("what is missing is filled in where the gate is shut, and the deal moves", async () => {
  const { id, title } = await deal("Berg");
  const { context, page, faults } = await colleague(browser, program, "emil", desktop);
  try {
    await page.goto(`${program.url}/admin/deals`);
    const card = page.getByRole("listitem").filter({ has: page.getByRole("button", { name: title, exact: true }) });
    await card.getByText("Fill in: Telephone. And 3 more.").waitFor();
    await page.getByRole("button", { name: `Move “${title}”` }).click();
    await page.getByRole("menuitem", { name: "Client", exact: true }).click();
    const far = page.getByRole("dialog", { name: "Before Client" });
    await far.getByText(/things are in the way of/).waitFor();
    await rest(page);
    await picture(page, "gates-far");
    assert.deepEqual(await accessibility(page), []);
    await far.getByRole("button", { name: "Close" }).click();

    await page.getByRole("button", { name: `Move “${title}”` }).click();
    await page.getByRole("menuitem", { name: "Talk booked", exact: true }).click();
    const gate = page.getByRole("dialog", { name: "Before Talk booked" });
    await gate.getByText("4 things are in the way of", { exact: false }).waitFor();
    await gate.getByLabel("Telephone").fill("+47 900 11 222");
    await gate.getByLabel("People").fill("2");
    await gate.getByLabel("Budget").fill("400");
    await rest(page);
    await picture(page, "gates-near");
    assert.deepEqual(await accessibility(page), []);
    await gate.getByRole("button", { name: "Save and move" }).click();
    await gate.getByText("Saved. Something is still in the way: see below.").waitFor();
    await gate.getByText("Budget: at least 500.").waitFor();
    await gate.getByRole("combobox", { name: "Part of the day" }).or(gate.getByLabel("Part of the day")).first().click();
    await page.getByRole("option", { name: "Morning" }).click();
    await gate.getByLabel("Budget").fill("600");
    await rest(page);
    await picture(page, "gates-wrong");
    assert.deepEqual(await accessibility(page), []);
    assert.equal((await read(id)).stage, "request");
    await gate.getByRole("button", { name: "Save and move" }).click();
    await gate.waitFor({ state: "detached" });
    await stands(id, "booked");
    assert.deepEqual((await read(id)).fields, { people: 2, budget: { minor: 60_000, currency: "NOK" }, part: "am" });

    // The way forward, on the page of the deal.
    await page.goto(`${program.url}/admin/deals?deal=${id}`);
    const way = page.getByRole("region", { name: "The way forward" });
    await way.getByText("Fill in: What they need.").waitFor();
    await way.getByText("Waiting for: Meeting held.").waitFor();
    // What was given stands there, and can be corrected.
    const own = page.getByRole("region", { name: "Own fields" });
    await own.getByRole("button", { name: /People/ }).click();
    await own.getByRole("textbox", { name: "People" }).fill("3");
    await page.keyboard.press("Enter");
    await waitFor(async () => (await read(id)).fields.people === 3);
    await rest(page);
    await picture(page, "gates-way");
    assert.deepEqual(await accessibility(page), []);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});

test("on a phone, in Norwegian and in the dark, the same gate is passed with one hand", async () => {
  const { id, title } = await deal("Vik");
  const { context, page, faults } = await colleague(browser, program, "emil", { ...phone, colorScheme: "dark" });
  try {
    await inNorwegian(page);
    await page.goto(`${program.url}/admin/deals`);
    const card = page.getByRole("listitem").filter({ has: page.getByRole("button", { name: title, exact: true }) });
    await card.scrollIntoViewIfNeeded();
    await card.getByText("Fyll ut: Telefon. Og 3 til.").waitFor();
    await picture(page, "gates-phone-board");
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole("button", { name: `Flytt «${title}»` }).tap();
    await page.getByRole("menuitem", { name: "Samtale avtalt", exact: true }).tap();
    const gate = page.getByRole("dialog", { name: "Før Samtale avtalt" });
    await gate.getByLabel("Telefon").fill("+47 900 33 444");
    await gate.getByLabel("Antall personer").fill("1");
    await gate.getByLabel("Budsjett").fill("900");
    await gate.getByRole("combobox", { name: "Tid på dagen" }).or(gate.getByLabel("Tid på dagen")).first().tap();
    await page.getByRole("option", { name: "Ettermiddag" }).tap();
    await rest(page);
    const wide = await page.evaluate(() => globalThis.document.documentElement.scrollWidth - globalThis.document.documentElement.clientWidth);
    assert.ok(wide <= 1, `${wide} px wider than the screen`);
    await picture(page, "gates-phone-near");
    assert.deepEqual(await accessibility(page), []);
    await gate.getByRole("button", { name: "Lagre og flytt" }).tap();
    await stands(id, "booked");

    await page.goto(`${program.url}/admin/deals?deal=${id}`);
    await page.getByRole("button", { name: "Samtale holdt" }).last().tap();
    const talk = page.getByRole("dialog", { name: "Før Samtale holdt" });
    await talk.getByText("Venter på: Møte holdt.").waitFor();
    await rest(page);
    await picture(page, "gates-phone-meeting");
    assert.deepEqual(await accessibility(page), []);
    await talk.getByRole("button", { name: "Det er holdt" }).tap();
    await talk.getByText("Venter på: Møte holdt.").waitFor({ state: "detached" });
    await talk.getByLabel("Hva de trenger").fill("En plan for to år");
    await talk.getByRole("button", { name: "Lagre og flytt" }).tap();
    await stands(id, "talked");
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});
