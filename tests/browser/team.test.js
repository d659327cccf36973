// Who gets which deals: a rule is made and tried, a lead finds somebody, its deal says why; the report and a target.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility, answer, demo, inNorwegian, logIn, signedIn, waitFor } from "./admin.js";
import { picture } from "./program.js";

const desktop = { viewport: { width: 1440, height: 900 }, locale: "en-GB" };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: "en-GB" };

const { browser, program } = await demo();

async function post(path, body) {
  const headers = { authorization: `Bearer ${program.secret_key}`, "content-type": "application/json" };
  const response = await fetch(program.url + path, { method: "POST", headers, body: JSON.stringify(body) });
  assert.equal(response.status, 201, path);
  return response.json();
}

test("a rule is made, tried and put first, and the next deal goes by it", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  await page.goto(`${program.url}/admin/settings/routing`);
  await page.getByRole("heading", { name: "Who gets which deals" }).waitFor();
  await page.getByText("New leads", { exact: true }).waitFor();
  await picture(page, "routing");
  assert.deepEqual(await accessibility(page), []);

  await page.getByRole("button", { name: "Add rule" }).first().click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Name").fill("Big cases");
  await form.getByText("One person", { exact: true }).click();
  await form.getByRole("combobox", { name: "Person" }).or(form.getByLabel("Person", { exact: true })).first().click();
  await page.getByRole("option", { name: "Sara Berg" }).click();
  await form.getByRole("switch", { name: "Only who is at work" }).click({ force: true });
  await form.getByRole("switch", { name: "A limit for the first answer" }).click({ force: true });
  await form.getByText(/It fits \d+ of the newest 20 deals/).waitFor();
  await picture(page, "routing-rule");
  assert.deepEqual(await accessibility(page), []);
  await form.getByRole("button", { name: "Save" }).click();
  await form.waitFor({ state: "detached" });
  for (const place of [2, 1]) {
    await page.getByRole("button", { name: "Move Big cases up" }).click();
    await waitFor(async () => (await answer(program, "/api/v1/assignment-rules")).items.findIndex(({ name }) => name === "Big cases") === place - 1);
  }

  const { items: users } = await answer(program, "/api/v1/users");
  const sara = users.find(({ name }) => name === "Sara Berg");
  const contact = await post("/api/v1/contacts", { first_name: "Big", last_name: "Case", email: "big.case@example.com", phone: "+47 900 22 333" });
  const deal = await post("/api/v1/deals", { contact_id: contact.id, title: "All eight teeth" });
  assert.equal(deal.owner_id, sara.id);
  assert.ok(deal.answer_due_at);
  await page.goto(`${program.url}/admin/deals?deal=${deal.id}`);
  const drawer = page.getByRole("dialog");
  await drawer.getByText("By the rule “Big cases” · always the same person").waitFor();
  await drawer.getByText(/First answer due/).waitFor();
  await drawer.getByRole("heading", { name: "Who has it" }).scrollIntoViewIfNeeded();
  await picture(page, "routing-deal");
  assert.deepEqual(await accessibility(page), []);

  await page.goto(`${program.url}/admin/settings/routing`);
  await page.getByRole("button", { name: "Change the hours of Emil Haug" }).click();
  const hours = page.getByRole("dialog");
  await hours.getByRole("button", { name: "Add days away" }).click();
  await picture(page, "routing-hours");
  assert.deepEqual(await accessibility(page), []);
  await hours.getByRole("button", { name: "Save" }).click();
  await hours.waitFor({ state: "detached" });
  await page.getByText(/away/).first().waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("the report tells what each person reached, and a target shows the pace", async () => {
  const { context, page, faults } = await signedIn(browser, program, desktop);
  await page.goto(`${program.url}/admin/insights/team?compare=previous`);
  await page.getByRole("button", { name: /^(EH ?)?Emil Haug$/ }).waitFor();
  await page.getByRole("heading", { name: "Steps" }).waitFor();
  await page.waitForTimeout(500);
  await picture(page, "team");
  assert.deepEqual(await accessibility(page), []);
  await page.getByText("Leads · this month · from the funnel").waitFor();
  const report = await answer(program, "/api/v1/team-report");
  const emil = report.rows.find(({ name }) => name === "Emil Haug");
  assert.ok(emil.answers.given > 10 && emil.answers.median_ms > 0 && emil.activity.calls > 10, JSON.stringify(emil));

  await page.getByRole("button", { name: "Add target" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Amount").fill("40");
  await picture(page, "team-target");
  assert.deepEqual(await accessibility(page), []);
  await form.getByRole("button", { name: "Save" }).click();
  await form.waitFor({ state: "detached" });
  await page.getByText("of 40", { exact: true }).waitFor();
  await page.goto(`${program.url}/admin`);
  await page.getByRole("region", { name: "Targets" }).getByText("of 40", { exact: true }).waitFor();
  await page.waitForTimeout(500);
  await picture(page, "team-home");
  assert.deepEqual(await accessibility(page), []);
  await page.goto(`${program.url}/admin/insights/team?compare=previous`);

  await page.getByRole("button", { name: /^(EH ?)?Emil Haug$/ }).click();
  await page.getByRole("dialog").getByRole("columnheader", { name: "Numbers" }).waitFor();
  await page.waitForTimeout(500);
  await picture(page, "team-person");
  assert.deepEqual(await accessibility(page), []);
  await page.evaluate(() => window.scrollTo(0, 2000));
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    (async () => {
      await page.goto(`${program.url}/admin/insights/team`);
      await page.getByRole("button", { name: "Export" }).click();
      await page.getByRole("menuitem", { name: "As Excel" }).click();
    })(),
  ]);
  assert.equal(file.suggestedFilename(), "team.xlsx");
  assert.deepEqual(faults, []);
  await context.close();
});

test("a rep sees the own row, in the hand, in the dark and in Norwegian", async () => {
  const emil = (await answer(program, "/api/v1/users")).items.find(({ name }) => name === "Emil Haug");
  await post("/api/v1/targets", { user_id: emil.id, target: { unit: "deals_won", amount: 12, period: "month" } });
  const context = await browser.newContext({ ...phone, colorScheme: "dark" });
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  await logIn(page, { ...program, email: "emil@smilklinikken.example" });
  await inNorwegian(page);
  await page.goto(`${program.url}/admin/insights/team`);
  await page.getByRole("button", { name: /^(EH ?)?Emil Haug$/ }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Thea Lunde" }).count(), 0);
  await picture(page, "team-phone-dark-nb");
  assert.deepEqual(await accessibility(page), []);
  await page.goto(`${program.url}/admin/today`);
  await page.getByRole("region", { name: "Mål" }).getByText("av 12", { exact: true }).waitFor();
  await page.waitForTimeout(500);
  await picture(page, "team-today-phone-dark-nb");
  assert.deepEqual(await accessibility(page), []);
  await page.goto(`${program.url}/admin/settings/routing`);
  await page.getByRole("heading", { name: "Arbeidstid" }).waitFor();
  assert.equal(await page.getByText("Hvem får hvilke salg").count(), 0);
  await picture(page, "routing-phone-dark-nb");
  assert.deepEqual(await accessibility(page), []);
  assert.deepEqual(faults, []);
  await context.close();
});
