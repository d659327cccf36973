// E-mails between a salesperson and a contact: written, delivered to a real server, answered, failed and tried again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility, answer, colleague, demo, inNorwegian, signedIn, waitFor } from "./admin.js";
import { mailbox, receiver } from "./mail.js";
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
await call("PUT", "/api/v1/mail-settings/incoming", { answers_to: "post@smilklinikken.example" });
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
  assert.match(header("Reply-To"), /post@smilklinikken.example/, "and what is fetched gets it, too");
  assert.match(mail.text, /would Tuesday at ten suit you/);
  await page.getByText("Your first visit").waitFor();
  await picture(page, "letter-sent");

  const taken = await deliver([
    "From: Astrid Vik <astrid.vik@example.com>", "To: emil@smilklinikken.example", "Subject: Re: Your first visit",
    "Message-ID: <first@example.com>", `In-Reply-To: ${header("Message-ID")}`, "",
    "Tuesday is fine. Do I bring anything?", "", "On Mon, 23 Nov 2026 at 09:41, Emil Haug <emil@smilklinikken.example> wrote:", "> Hello Astrid,", "> would Tuesday at ten suit you?",
  ]);
  assert.equal(taken.outcome, "kept");
  await page.goto(`${program.url}/admin/contacts/${astrid.id}`);
  await page.getByText("Tuesday is fine. Do I bring anything?").waitFor();
  const quoted = page.getByText("> would Tuesday at ten suit you?");
  assert.equal(await quoted.count(), 0, "what was quoted is folded away");
  assert.equal(await page.getByText("It takes half an hour.").count(), 0, "and so is the e-mail before");
  await picture(page, "letter-answer");
  assert.deepEqual(await accessibility(page), []);
  await page.getByRole("button", { name: "Show what it answers" }).click();
  await quoted.waitFor();
  await page.getByRole("button", { name: "1 earlier e-mail" }).click();
  await page.getByText("It takes half an hour.").waitFor();
  await picture(page, "letter-conversation");
  assert.deepEqual(await accessibility(page), []);
  await page.getByRole("button", { name: /unread notification/ }).click();
  await page.getByRole("link", { name: /Re: Your first visit/ }).waitFor();
  await picture(page, "letter-notification");

  // The answer to the answer, from the deal.
  await page.goto(`${program.url}/admin/deals?deal=${deal.id}`);
  const drawer = page.getByRole("dialog");
  await drawer.getByRole("button", { name: "Reply to “Re: Your first visit”" }).click();
  assert.equal(await drawer.getByLabel("Subject").inputValue(), "Re: Your first visit");
  await drawer.getByLabel("Text", { exact: true }).fill("Only yourself. See you on Tuesday!");
  await picture(page, "letter-reply-deal");
  await drawer.getByRole("button", { name: "Send e-mail" }).click();
  const reply = await arrived("astrid.vik@example.com");
  assert.equal(reply.headers.find(([key]) => key === "In-Reply-To")[1], "<first@example.com>");
  await drawer.getByText("Only yourself.").waitFor();
  await drawer.getByRole("button", { name: "2 earlier e-mails" }).scrollIntoViewIfNeeded();
  await picture(page, "letter-deal");
  assert.deepEqual(await accessibility(page), []);
  assert.deepEqual(faults, []);
  await context.close();
  const { items } = await answer(program, `/api/v1/timeline?deal=${deal.id}&kind=mail`);
  assert.equal(new Set(items.map(({ activity }) => activity.email.conversation_id)).size, 1);
});

test("what was not sent says why, and is tried again", async () => {
  const { contact: per } = await contact("Per", "Dal", "policy@example.com");
  const { context, page, faults } = await colleague(browser, program, "emil", phone);
  await page.goto(`${program.url}/admin/contacts/${per.id}`);
  await page.getByRole("button", { name: "E-post", exact: true }).first().tap();
  await page.getByLabel("Emne").fill("Timen din");
  await page.getByLabel("Tekst", { exact: true }).fill("Hei Per,\n\npasser torsdag klokken ti?");
  await picture(page, "letter-write-phone");
  assert.deepEqual(await accessibility(page), []);
  await page.getByRole("button", { name: "Send e-post" }).tap();
  await page.getByText(/Ikke sendt/).waitFor({ timeout: 20_000 });
  await page.getByText(/Ikke sendt/).scrollIntoViewIfNeeded();
  await page.waitForTimeout(500);
  await picture(page, "letter-failed-phone");
  assert.deepEqual(await accessibility(page), []);
  await server.ask({ do: "forgive" });
  await page.getByRole("button", { name: "Prøv igjen" }).tap();
  await arrived("policy@example.com");
  await page.getByText(/Ikke sendt/).waitFor({ state: "detached", timeout: 20_000 });
  assert.deepEqual(faults, []);
  await context.close();
});

/** A contact who has said no to marketing: so a file of another program tells. */
async function refuser(email) {
  const form = new FormData();
  form.set("file", new Blob([`Email,First Name,Email marketing status\n${email},Nora,unsubscribed\n`]), "people.csv");
  const { id } = await call("POST", "/api/v1/imports/upload", form);
  const { guess } = await call("POST", `/api/v1/imports/${id}/preview`, { kind: "contacts" });
  const consent = guess.mapping;
  await call("POST", `/api/v1/imports/${id}/start`, { mapping: consent });
  return waitFor(async () => (await answer(program, `/api/v1/contacts?q=${email}`)).items[0]);
}

test("who said no to marketing is written to only by somebody who says that it is none", async () => {
  const nora = await refuser("nora.refuses@example.com");
  const { context, page, faults } = await colleague(browser, program, "sara", desktop);
  await page.goto(`${program.url}/admin/contacts/${nora.id}`);
  await page.getByRole("button", { name: "E-mail", exact: true }).click();
  await page.getByLabel("Subject").fill("Your X-ray");
  await page.getByLabel("Text", { exact: true }).fill("Hello Nora,\n\nyour X-ray is here.");
  await page.getByRole("button", { name: "Send e-mail" }).click();
  await page.getByText(/has said no to marketing/).waitFor();
  await picture(page, "letter-said-no");
  assert.deepEqual(await accessibility(page), []);
  assert.equal((await server.ask({ do: "mails" })).mails.filter(({ receivers }) => receivers.includes("nora.refuses@example.com")).length, 0);
  await page.getByRole("button", { name: "This is no marketing: send it" }).click();
  await arrived("nora.refuses@example.com");
  assert.deepEqual(faults, []);
  await context.close();
});

test("a mailbox is set up, says what is wrong, and is fetched", async () => {
  const box = await mailbox();
  await box.ask({ do: "put", folder: "Leads", mails: ["From: old@example.com\nMessage-ID: <old@x>\n\nOld"] });
  const { contact: ingrid } = await contact("Ingrid", "Moe", "ingrid.moe@example.com");
  const { context, page, faults } = await signedIn(browser, program, desktop);
  await page.goto(`${program.url}/admin/settings/mail`);
  const part = page.getByRole("region", { name: "Incoming mail" });
  const state = page.getByRole("region", { name: "How it goes" });
  await state.getByText("No mailbox is set.").waitFor();
  await part.scrollIntoViewIfNeeded();
  await picture(page, "inbox-empty");
  assert.deepEqual(await accessibility(page), []);
  await part.getByLabel("Server").fill("localhost");
  await part.getByLabel("Port").fill(String(box.tls_port));
  await part.getByLabel("User name").fill("kari");
  await part.getByLabel("Password", { exact: true }).fill("wrong");
  await part.getByLabel("Folder").fill("Leads");
  await part.getByRole("button", { name: "The server has a certificate of its own" }).click();
  await part.getByLabel("Certificate authority").fill(box.ca_pem);
  const save = page.getByRole("button", { name: "Save", exact: true }).last();
  await save.click();
  await state.getByText("The login was refused").first().waitFor({ timeout: 20_000 });
  await Promise.all([page.waitForResponse(/incoming\/test$/), state.getByRole("button", { name: "Try it" }).click()]);
  await state.getByText("It is tried again").waitFor({ state: "detached" });
  assert.equal(await state.getByText("The login was refused").count(), 1, "it is said once");
  await state.getByRole("button", { name: "Try it" }).scrollIntoViewIfNeeded();
  await picture(page, "inbox-refused");
  assert.deepEqual(await accessibility(page), []);
  await part.getByLabel("Password", { exact: true }).fill("hemmelig");
  await save.click();
  await state.getByText(/Last fetched/).waitFor({ timeout: 20_000 });
  await box.ask({ do: "put", folder: "Leads", mails: ["From: Ingrid Moe <ingrid.moe@example.com>\nMessage-ID: <i1@x>\nSubject: A question\n\nDo you work on Saturdays?", "From: x@else.example\nMessage-ID: <u1@x>\n\nBuy"] });
  await state.getByRole("button", { name: "Try it" }).click();
  await state.getByText("3 mails lie in the folder.").waitFor();
  await state.getByText(/left out: from nobody you know/).waitFor({ timeout: 20_000 });
  await state.getByRole("button", { name: "Try it" }).scrollIntoViewIfNeeded();
  await picture(page, "inbox-works");
  assert.deepEqual(await accessibility(page), []);
  const { items } = await answer(program, `/api/v1/timeline?contact=${ingrid.id}&kind=mail`);
  assert.deepEqual(items.map(({ activity }) => activity.title), ["A question"]);
  assert.deepEqual((await box.ask({ do: "flags", folder: "Leads" })).flags, [[], [], []], "nothing in it is marked");

  await inNorwegian(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.reload();
  await page.getByRole("region", { name: "Innkommende e-post" }).scrollIntoViewIfNeeded();
  await page.waitForTimeout(500);
  await picture(page, "inbox-phone-dark-nb");
  await page.getByRole("region", { name: "Slik går det" }).scrollIntoViewIfNeeded();
  await picture(page, "inbox-state-phone-dark-nb");
  assert.deepEqual(await accessibility(page), []);
  assert.deepEqual(faults, []);
  await context.close();
});
