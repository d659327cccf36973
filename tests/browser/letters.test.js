// E-mails between a salesperson and a contact: written, delivered to a real server, answered, failed and tried again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility, answer, colleague, demo, waitFor } from "./admin.js";
import { receiver } from "./mail.js";
import { picture } from "./program.js";

const desktop = { viewport: { width: 1440, height: 900 }, locale: "en-GB" };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: "nb-NO", colorScheme: "dark" };

const server = await receiver();
const { browser, program } = await demo();

async function call(method, path, body, headers = {}) {
  const isRaw = typeof body === "string" || body instanceof FormData;
  const kind = isRaw ? {} : { "content-type": "application/json" };
  const response = await fetch(program.url + path, { method, body: isRaw ? body : JSON.stringify(body), headers: { authorization: `Bearer ${program.secret_key}`, ...kind, ...headers } });
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
  return response.json();
}

const rep = (await answer(program, "/api/v1/users")).items.find(({ email }) => email.startsWith("emil@"));
await call("PUT", "/api/v1/mail-settings", { from_name: "Smilklinikken", from_email: "post@smilklinikken.example", host: "127.0.0.1", port: server.port, security: "none" });
const key = (await call("POST", "/api/v1/keys", { name: "letters", kind: "mail" })).token;
const deliver = (lines) => call("POST", "/api/v1/emails/incoming", lines.join("\r\n"), { authorization: `Bearer ${key}`, "content-type": "message/rfc822" });

async function contact(first_name, last_name, email) {
  const contact = await call("POST", "/api/v1/contacts", { first_name, last_name, email });
  const deal = await call("POST", "/api/v1/deals", { contact_id: contact.id, title: `Braces for ${first_name}`, owner_id: rep.id });
  return { contact, deal };
}

/** The mails that the server took for somebody. */
const arrived = (mailbox) => waitFor(async () => (await server.ask({ do: "mails" })).mails.find(({ receivers }) => receivers.includes(mailbox)));

test("a rep and a contact write to each other", async () => {
  const { contact: astrid, deal } = await contact("Astrid", "Vik", "astrid.vik@example.com");
  const { context, page, faults } = await colleague(browser, program, "emil", desktop);
  await page.goto(`${program.url}/admin/contacts/${astrid.id}`);
  await page.getByRole("button", { name: "E-mail", exact: true }).click();
  await page.getByLabel("Subject").fill("Your first visit");
  await page.getByLabel("Text", { exact: true }).fill("Hello Astrid,\n\nwould Tuesday at ten suit you? It takes half an hour.\n\nEmil");
  await picture(page, "letter-write");
  assert.deepEqual(await accessibility(page), []);
  await page.getByRole("button", { name: "Send e-mail" }).click();
  const mail = await arrived("astrid.vik@example.com");
  const header = (name) => mail.headers.find(([key]) => key === name)?.[1];
  assert.match(header("From"), /Emil Haug.*post@smilklinikken.example/);
  assert.match(header("Reply-To"), /emil@smilklinikken.example/);
  assert.match(mail.text, /would Tuesday at ten suit you/);
  await page.getByText("Your first visit").waitFor();
  await picture(page, "letter-sent");

  const taken = await deliver([
    "From: Astrid Vik <astrid.vik@example.com>", "To: emil@smilklinikken.example", "Subject: Re: Your first visit",
    "Message-ID: <first@example.com>", `In-Reply-To: ${header("Message-ID")}`, "",
    "Tuesday is fine. Do I bring anything?", "", "On Monday Emil Haug wrote:", "> Hello Astrid,", "> would Tuesday at ten suit you?",
  ]);
  assert.equal(taken.outcome, "kept");
  await page.goto(`${program.url}/admin/deals?deal=${deal.id}`);
  const drawer = page.getByRole("dialog");
  await drawer.getByText("Tuesday is fine. Do I bring anything?").waitFor();
  await page.waitForTimeout(600);
  await picture(page, "letter-answer-deal");
  await page.goto(`${program.url}/admin/contacts/${astrid.id}`);
  await page.getByText("Tuesday is fine. Do I bring anything?").waitFor();
  await picture(page, "letter-answer");
  await page.getByRole("button", { name: /unread notification/ }).click();
  await page.getByRole("link", { name: /Re: Your first visit/ }).waitFor();
  await picture(page, "letter-notification");
  assert.deepEqual(faults, []);
  await context.close();
});
