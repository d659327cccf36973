// What every test of the admin interface does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

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
  await page.getByLabel("E-mail").fill(program.email);
  await page.getByLabel("Password", { exact: true }).fill(program.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation").first().waitFor();
}

/** What the API says. */
export async function answer(program, path) {
  const response = await fetch(program.url + path, { headers: { authorization: `Bearer ${program.secret_key}` } });
  assert.equal(response.status, 200, path);
  return response.json();
}
