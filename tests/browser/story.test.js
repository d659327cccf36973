// The straight path in a real browser: from an ad click to a sale to the funnel report.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessibility, answer, logIn } from "./admin.js";
import { browse, picture, start } from "./program.js";

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: "nb-NO" };
const visitorAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1";

let browser;
before(async () => {
  browser = await browse();
});
after(async () => {
  await browser?.close();
});

test("an empty program asks for its owner, and lets nobody in twice", async () => {
  const program = await start("serve");
  try {
    assert.match(program.write_key, /^wk_/);
    assert.match(program.secret_key, /^sk_/);
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
    await page.goto(`${program.url}/admin/`);
    await page.getByLabel("Company name").fill("Fjord Clinic");
    await page.getByLabel("Your name").fill("Ola Owner");
    await page.getByLabel("E-mail").fill("ola@example.com");
    await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
    await picture(page, "setup");
    await page.getByRole("button", { name: "Create the workspace" }).click();
    await page.getByRole("navigation").first().waitFor();
    await picture(page, "home-empty");
    const again = await fetch(`${program.url}/api/v1/setup`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        company: "Other", name: "Eve", email: "eve@example.com", password: "another long password",
        locale: "en", currency: "NOK", timezone: "Europe/Oslo",
      }),
    });
    assert.equal(again.status, 409);
    assert.equal((await again.json()).code, "already_set_up");
    await page.close();
  } finally {
    assert.equal(await program.stop(), 0);
  }
});

test("a click on an ad becomes a lead while the owner looks", async () => {
  const program = await start("demo", "--days", "7");
  const desk = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
  const visitor = await browser.newContext({ ...phone, userAgent: visitorAgent });
  const faults = [];
  try {
    const home = await desk.newPage();
    home.on("pageerror", (error) => faults.push(`admin: ${error}`));
    await logIn(home, program);
    await home.getByText("Visitors").first().waitFor();
    await picture(home, "home");
    assert.deepEqual(await accessibility(home), []);
    const leadsBefore = (await answer(program, "/api/v1/home")).today.leads;

    const page = await visitor.newPage();
    page.on("pageerror", (error) => faults.push(`page: ${error}`));
    await page.goto(`${program.url}/gratis-sjekk?utm_source=google&utm_medium=cpc&gclid=test`);
    await picture(page, "page-phone");
    assert.deepEqual(await accessibility(page), []);
    await page.locator('[data-c="no"]').click();
    const form = page.locator('form[method="post"]').first();
    await form.locator('[name="first_name"]').fill("Kari");
    await form.locator('[name="email"]').fill("not an address");
    await form.locator("button").last().click();
    await page.getByText("e-post", { exact: false }).first().waitFor();
    await form.locator('[name="email"]').fill("kari.browser@example.com");
    const when = form.locator('select[name="when"]');
    if (await when.count()) await when.selectOption({ index: 1 });
    // By the keyboard: a finger on a page that still glides to its place may miss.
    for (const box of await form.locator('input[type="checkbox"]').all()) {
      await box.press("Space");
      assert.ok(await box.isChecked());
    }
    // Nobody reads and answers faster than the form allows.
    await page.waitForTimeout(2500);
    await form.locator("button").last().click();
    await page.waitForURL(/sent=/);
    await picture(page, "page-sent");

    await home.waitForFunction(() => document.body.innerText.includes("Kari"), undefined, { timeout: 15_000 });
    await picture(home, "home-live");
    assert.equal((await answer(program, "/api/v1/home")).today.leads, leadsBefore + 1);
    const { items } = await answer(program, "/api/v1/contacts?q=kari.browser");
    assert.equal(items.length, 1);
    assert.equal(items[0].channel, "google-ads");
    const timeline = await answer(program, `/api/v1/contacts/${items[0].id}/timeline`);
    const happened = timeline.items.map((event) => event.event);
    assert.ok(happened.includes("Page Viewed"), "the anonymous history joined the person");
    assert.ok(!JSON.stringify(timeline).includes("gclid"), "a click id without consent is not kept");

    await home.goto(`${program.url}/admin/funnels`);
    await home.getByRole("main").waitFor();
    await home.waitForTimeout(1500);
    await picture(home, "funnel-report");
    for (const section of ["contacts", "deals", "pages", "offers", "messages", "imports", "settings"]) {
      await home.goto(`${program.url}/admin/${section}`);
      await home.getByRole("main").waitFor();
      await home.waitForTimeout(800);
      await picture(home, `admin-${section}`);
    }
    assert.deepEqual(faults, []);
  } finally {
    await desk.close();
    await visitor.close();
    assert.equal(await program.stop(), 0);
  }
});

test("a page is written from a starter, published and found at its address", async () => {
  const program = await start("serve");
  const desk = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
  const faults = [];
  try {
    const page = await desk.newPage();
    page.on("pageerror", (error) => faults.push(`admin: ${error}`));
    await page.goto(`${program.url}/admin/`);
    await page.getByLabel("Company name").fill("Fjord Clinic");
    await page.getByLabel("Your name").fill("Ola Owner");
    await page.getByLabel("E-mail").fill("ola@example.com");
    await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
    await page.getByRole("button", { name: "Create the workspace" }).click();
    await page.getByRole("navigation").first().waitFor();

    await page.goto(`${program.url}/admin/pages`);
    await page.getByText("No pages yet").waitFor();
    await page.getByRole("button", { name: "New page" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Autumn guide");
    await dialog.getByRole("radio", { name: "Something for an address" }).check();
    await dialog.getByRole("button", { name: "New page" }).click();

    const save = page.getByRole("button", { name: "Save draft" });
    const heading = page.getByRole("textbox", { name: "Heading", exact: true });
    await page.getByRole("button", { name: /^Opening/ }).first().click();
    await heading.fill("What the autumn does to your teeth");
    await save.click();
    await page.getByText("The draft is saved").waitFor();
    await page.reload();
    await page.getByRole("button", { name: /^Opening/ }).first().click();
    await heading.waitFor();
    assert.equal(await heading.inputValue(), "What the autumn does to your teeth");
    assert.ok(await save.isDisabled(), "what was saved is what was written");
    await page.getByText("Phone", { exact: true }).first().click();
    await page.frameLocator("iframe").getByText("What the autumn does to your teeth").first().waitFor();
    await picture(page, "page-editor");
    assert.deepEqual(await accessibility(page), []);

    assert.equal((await fetch(`${program.url}/autumn-guide`)).status, 404, "a draft is nobody else's");
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await page.getByText("The page is published").waitFor();
    const visit = await desk.newPage();
    await visit.goto(`${program.url}/autumn-guide`);
    await visit.getByRole("heading", { name: "What the autumn does to your teeth", level: 1 }).waitFor();
    assert.deepEqual(await accessibility(visit), []);
    assert.deepEqual(faults, []);
  } finally {
    await desk.close();
    assert.equal(await program.stop(), 0);
  }
});
