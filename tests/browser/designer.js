// From the wizard to a funnel that runs, as every test of designs does it.
import assert from "node:assert/strict";
import { answer, waitFor } from "./admin.js";

/** Asks the API to change something, with the key of the demo. */
export async function send(program, method, path, body) {
  const headers = { authorization: `Bearer ${program.secret_key}`, "content-type": "application/json" };
  const response = await fetch(program.url + path, { method, headers, body: JSON.stringify(body) });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/** Deals that stand in a stage keep it from going: the demo's are closed before its funnel is another one. */
export async function closeOpenDeals(program) {
  const open = await answer(program, "/api/v1/deals?status=open&limit=500");
  for (const { id } of open.items) await send(program, "POST", `/api/v1/deals/${id}/close`, { outcome: "lost", reason: "Another funnel" });
}

/** The wizard up to a draft of the template, in the place of the funnel that runs. */
export async function wizard(page, program, id) {
  await page.goto(`${program.url}/admin/funnels/design/new`);
  await page.getByRole("button", { name: /^Sell by talking/ }).click();
  await page.getByRole("button", { name: /^Services/ }).click();
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: /^Show all/ }).click();
  await page.locator(`[data-template="${id}"]`).click();
  await page.getByRole("radio", { name: "In the place of one that runs" }).check();
  await page.getByRole("button", { name: "Make a draft" }).click();
  await page.waitForURL(/funnels\/design\/fun_/);
}

/** Publishes the draft that is open; answers the funnel as it runs then. */
export async function publish(page, program, funnel, template) {
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByRole("dialog").getByLabel("Why").fill(`From ${template}`);
  await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
  return waitFor(async () => {
    const now = await answer(program, `/api/v1/funnels/${funnel}`);
    return now.document.template === template ? now : null;
  });
}
