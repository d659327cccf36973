// What every test of the admin interface does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after } from "node:test";
import { browse, start } from "./program.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A browser, and the program with the demo company, until the tests of a file are over. */
export async function demo() {
  const browser = await browse();
  after(() => browser.close());
  const program = await start("demo", "--days", "30");
  after(async () => assert.equal(await program.stop(), 0));
  return { browser, program };
}

/** Problems of the page's accessibility that are serious. */
export async function accessibility(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter((violation) => ["serious", "critical"].includes(violation.impact))
    .map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`);
}

export async function logIn(page, program) {
  await page.goto(`${program.url}/admin/`);
  await page.getByLabel(/^(E-mail|E-post)/).fill(program.email);
  await page.getByLabel(/^(Password|Passord)$/).fill(program.password);
  await page.getByRole("button", { name: /^(Sign in|Logg inn)$/ }).click();
  await page.getByRole("navigation").first().waitFor();
}

/** What the API says. */
export async function answer(program, path) {
  const response = await fetch(program.url + path, { headers: { authorization: `Bearer ${program.secret_key}` } });
  assert.equal(response.status, 200, path);
  return response.json();
}

/** A signed-in page that notes what goes wrong in it. */
export async function signedIn(browser, program, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  await logIn(page, program);
  return { context, page, faults };
}

/** A signed-in colleague of the demo company, who chose a language on this device. */
export async function colleague(browser, program, mailbox, options) {
  const context = await browser.newContext(options);
  await context.addInitScript((language) => localStorage.setItem("suppilo-language", language), options.locale.slice(0, 2));
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  await logIn(page, { ...program, email: `${mailbox}@smilklinikken.example` });
  return { context, page, faults };
}

/** From the next page on all is Norwegian, whatever language the user has. */
export const inNorwegian = (page) => page.evaluate((key) => localStorage.setItem(key, "nb"), "suppilo-language");

/** Asks again until there is something, for some seconds. */
export async function waitFor(ask) {
  for (let round = 0; round < 50; round++) {
    const found = await ask();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it did not come to be");
}
