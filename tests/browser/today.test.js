// The day of a salesperson, on a phone: a call in two taps, its next step as a task, and a manager who sees it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility, answer, colleague, demo, waitFor } from "./admin.js";
import { picture } from "./program.js";

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: "en-GB" };
const desktop = { viewport: { width: 1440, height: 900 }, locale: "en-GB" };
const NOTE = "Wants to begin in March. @Sara Berg can you look at the price?";

const { browser, program } = await demo();

const as = (mailbox, options) => colleague(browser, program, mailbox, options);

/** An open deal of the rep, with a contact who can be called. */
async function lead() {
  const { items: users } = await answer(program, "/api/v1/users");
  const rep = users.find(({ email }) => email.startsWith("emil@"));
  const headers = { authorization: `Bearer ${program.secret_key}`, "content-type": "application/json" };
  const post = async (path, body) => {
    const response = await fetch(program.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    assert.equal(response.status, 201, path);
    return response.json();
  };
  const contact = await post("/api/v1/contacts", { first_name: "Astrid", last_name: "Vik", phone: "+47 900 11 222", email: "astrid.vik@example.com" });
  const deal = await post("/api/v1/deals", { contact_id: contact.id, title: "Braces for Astrid", owner_id: rep.id });
  return { contact, deal };
}

test("a rep logs a call in two taps, and the manager sees it on the timeline", async () => {
  const { contact, deal } = await lead();
  const { context, page, faults } = await as("emil", phone);
  const bar = page.getByRole("navigation").last();
  await bar.getByRole("link").first().click();
  await page.getByRole("heading", { name: "Today", level: 1 }).waitFor();
  await page.getByText("Braces for Astrid").waitFor();
  await picture(page, "today-phone");
  assert.deepEqual(await accessibility(page), []);

  const call = page.getByRole("link", { name: "Call Astrid Vik" });
  assert.equal(await call.getAttribute("href"), "tel:+4790011222");
  // The phone would dial now: a browser without one must not leave the page.
  await page.evaluate(() => document.addEventListener("click", (event) => event.target.closest("a[href^='tel:']") && event.preventDefault(), true));
  await call.tap();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("button", { name: "Reached" }).waitFor();
  await picture(page, "call-sheet-phone");
  assert.deepEqual(await accessibility(page), []);
  await sheet.getByRole("button", { name: "Reached" }).tap();
  await sheet.getByText("Logged. What comes next?").waitFor();
  await picture(page, "call-next-phone");
  await sheet.getByRole("button", { name: "Tomorrow" }).tap();
  await sheet.waitFor({ state: "detached" });

  const { planned, items } = await answer(program, `/api/v1/timeline?deal=${deal.id}`);
  assert.deepEqual(planned.map(({ kind, title }) => [kind, title]), [["task", "Follow up with Astrid Vik"]]);
  assert.equal(items[0].activity.outcome, "reached");
  const logged = await answer(program, `/api/v1/contacts/${contact.id}/timeline`);
  const fact = logged.items.find(({ event }) => event === "Call Logged");
  assert.equal(fact.properties.deal, deal.id);

  await page.goto(`${program.url}/admin/contacts/${contact.id}`);
  await page.getByRole("button", { name: "Note", exact: true }).click();
  await page.getByRole("textbox", { name: "Note" }).fill(NOTE);
  await page.getByRole("button", { name: "Save note" }).click();
  await page.getByText("Wants to begin in March.").waitFor();
  await picture(page, "timeline-phone");
  assert.deepEqual(await accessibility(page), []);
  assert.deepEqual(faults, []);
  await context.close();

  const manager = await as("sara", { ...desktop, colorScheme: "dark", locale: "nb-NO" });
  await waitFor(() => manager.page.getByRole("button", { name: /ulest varsel|uleste varsler/ }).isVisible());
  await manager.page.getByRole("button", { name: /ulest varsel|uleste varsler/ }).click();
  const told = manager.page.getByRole("link", { name: /Emil Haug nevnte deg/ });
  await told.waitFor();
  await picture(manager.page, "notifications-dark-nb");
  await told.click();
  await manager.page.getByText("Ringte · Fikk tak i").waitFor();
  await manager.page.getByText("Følg opp").or(manager.page.getByText("Follow up with Astrid Vik")).first().waitFor();
  await picture(manager.page, "timeline-dark-nb");
  assert.deepEqual(await accessibility(manager.page), []);
  assert.deepEqual(manager.faults, []);
  await manager.context.close();
});

test("a script is written, and gone through on a deal", async () => {
  const { deal } = await lead().catch(async () => ({ deal: (await answer(program, "/api/v1/deals?q=Astrid")).items[0] }));
  const { context, page, faults } = await as("sara", desktop);
  await page.goto(`${program.url}/admin/playbooks`);
  await page.getByText("First call").waitFor();
  await picture(page, "playbooks");
  await page.getByText("First call").click();
  await page.getByRole("heading", { name: "First call" }).waitFor();
  await picture(page, "playbook-editor");
  assert.deepEqual(await accessibility(page), []);
  await page.getByLabel("Name").fill("First call of the clinic");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("The playbook is saved").waitFor();

  await page.goto(`${program.url}/admin/deals?deal=${deal.id}`);
  const drawer = page.getByRole("dialog");
  const book = drawer.getByRole("region", { name: "First call of the clinic" });
  await book.getByRole("button", { name: "Not now" }).click();
  await book.getByText("End of the script").waitFor();
  await book.getByLabel("Know who decides").check();
  await waitFor(async () => (await answer(program, `/api/v1/deals/${deal.id}/playbooks`)).items[0]?.run?.checked.length === 1);
  await picture(page, "deal-script");
  assert.deepEqual(await accessibility(page), []);
  await page.goto(`${program.url}/admin/today`);
  await page.getByRole("heading", { name: "Today", level: 1 }).waitFor();
  await page.waitForTimeout(800);
  await picture(page, "today-desktop");
  assert.deepEqual(faults, []);
  await context.close();
});
