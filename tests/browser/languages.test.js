// Every screen in every language, in the hand: all words are there, and nothing is wider than the phone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, demo, signedIn } from "./admin.js";
import { picture } from "./program.js";

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: "en-GB" };
const { browser, program } = await demo();

const first = async (path) => (await answer(program, path)).items[0].id;
const [contact, deal, order, offer, page, funnel, playbook, company] = await Promise.all([
  ...["contacts", "deals", "orders", "offers", "pages", "funnels", "playbooks"].map((noun) => first(`/api/v1/${noun}`)),
  answer(program, "/api/v1/companies").then(({ items }) => items[0]?.id),
]);

const screens = [
  "", "today", "funnels", "funnels/map", "funnels/design", `funnels/design/${funnel}`, "funnels/design/new", "insights", "insights/new", "insights/team",
  "contacts", `contacts/${contact}`, "contacts/duplicates", "companies", ...(company ? [`companies/${company}`] : []), "deals", "deals?view=list", `deals?deal=${deal}`,
  "pages", `pages/${page}`, "offers", `offers/${offer}`, "orders", `orders/${order}`, "messages", "imports", "playbooks", `playbooks/${playbook}`,
  ...["company", "brand", "mail", "keys", "users", "routing", "fields", "operations"].map((tab) => `settings/${tab}`),
];

for (const language of ["en", "nb", "sv", "da", "fi"]) {
  test(`each screen on a phone: ${language}`, async () => {
    const { context, page, faults } = await signedIn(browser, program, phone);
    await page.evaluate((code) => localStorage.setItem("suppilo-language", code), language);
    const wrong = [];
    for (const screen of screens) {
      await page.goto(`${program.url}/admin/${screen}`);
      await page.locator("main h1, main h2, [role=dialog] h2").first().waitFor();
      await page.waitForFunction(() => !document.querySelector("[class*=Skeleton]"));
      const seen = await page.evaluate(() => ({
        width: document.documentElement.scrollWidth,
        // A key that has no words shows itself: two words in camel case or small letters with a full stop between.
        keys: (document.body.innerText.match(/(?<![\w/@.-])[a-z][A-Za-z]+(\.[a-z][A-Za-z]+)+(?![\w/@.-])/g) ?? []).filter((word) => !/\.(no|com|org|example|csv|js|json|pdf)$/.test(word)),
      }));
      if (seen.width > phone.viewport.width) wrong.push(`${screen || "home"}: ${seen.width} px wide`);
      if (seen.keys.length > 0) wrong.push(`${screen || "home"}: ${seen.keys.join(" ")}`);
      await picture(page, `language-${language}-${(screen || "home").replaceAll(/[^a-z]+/g, "-")}`);
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(faults, []);
    await context.close();
  });
}
