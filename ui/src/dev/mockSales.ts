/** The pretend server's contacts, deals, offers, orders and settings. In memory: what is changed stays until a restart. */

interface Reply {
  status: number;
  body?: unknown;
}

type Row = Record<string, unknown> & { id: string };

const DAY_MS = 86_400_000;
const START_MS = Date.now();
const ago = (days: number) => new Date(START_MS - days * DAY_MS).toISOString();
const text = (value: unknown) => (typeof value === "string" ? value : "");
const nok = (minor: number) => ({ minor, currency: "NOK" });
const ok = (body: unknown): Reply => ({ status: 200, body });
const problem = (status: number, code: string, detail: string, errors?: unknown): Reply => ({ status, body: { type: `urn:suppilo:problem:${code}`, title: "Refused", status, code, detail, errors } });
const refused = (field: string, message: string) => problem(422, "invalid", `${field}: ${message}`, [{ field, code: "invalid", message }]);
const notFound = (what: string) => problem(404, "not_found", `there is no such ${what}`);

const STAGES = [
  ["awareness", "Awareness", "Oppmerksomhet", "Page Viewed"],
  ["interest", "Interest", "Interesse", "Lead Captured"],
  ["consideration", "Consideration", "Vurdering", "Booking Made"],
  ["decision", "Decision", "Beslutning", "Offer Viewed"],
  ["action", "Purchase", "Kjøp", "Order Completed"],
] as const;
const CHANNELS = [["google-ads", "Google Ads", "Google Ads"], ["newsletter", "Newsletter", "Nyhetsbrev"], ["referral", "Other sites", "Andre nettsteder"], ["direct", "Direct", "Direkte"]] as const;
const PEOPLE = ["Kari Nordmann", "Ola Hansen", "Ingrid Bakke", "Mats Lindqvist", "Sofie Jensen", "Aino Virtanen", "Per Olsen", "Nora Dahl", "Jonas Berg", "Emma Solheim", "Lars Haugen", "Thea Moen", "Henrik Lie", "Sara Eide", "Magnus Vik", "Ida Strand"];
const COMPANIES = ["", "Bakke Bygg AS", "", "Lindqvist & Co", "", "", "Olsen Transport", ""];

const funnel = {
  id: "fun_1",
  version: 3,
  document: {
    id: "smile-clinic",
    title: { en: "Smile clinic", nb: "Smilklinikken" },
    currency: "NOK",
    timezone: "Europe/Oslo",
    locales: ["nb", "en"],
    stages: STAGES.map(([id, en, nb, event], index) => ({ id, name: { en, nb }, enters_on: event, ...(index === 1 ? { target: { people: "400 per month", converts: "40%" } } : {}) })),
    channels: CHANNELS.map(([id, en, nb]) => ({ id, name: { en, nb }, kind: "paid" })),
    ladder: [{ rung: "tripwire", offer: "whitening-kit" }],
  },
  findings: [{ path: "stages[0].target", message: "say how many people you hope for, so that the report can tell whether you are on course", severity: "advice" }],
  created_at: ago(120),
  updated_at: ago(4),
};

const contacts: Row[] = Array.from({ length: 74 }, (_, n) => {
  const name = PEOPLE[n % PEOPLE.length] ?? "";
  const [first = "", last = ""] = name.split(" ");
  return {
    id: `ctc_${n}`,
    display_name: name,
    email: n % 11 === 10 ? null : `${first}.${last}${n >= PEOPLE.length ? n : ""}@example.no`.toLowerCase(),
    is_email_verified: n % 3 !== 2,
    first_name: first,
    last_name: last,
    phone: n % 2 ? "" : `+47 9${String(1_234_567 + n * 7919).slice(0, 7)}`,
    company: COMPANIES[n % COMPANIES.length] ?? "",
    locale: n % 4 === 3 ? "en" : "nb",
    tags: n % 5 === 0 ? ["whitening", "vip"] : n % 3 === 0 ? ["whitening"] : [],
    traits: n % 4 === 0 ? { plan: "gold", visits: 4, last_seen_in: "Oslo" } : {},
    channel: n % 9 === 8 ? "" : (CHANNELS[n % CHANNELS.length]?.[0] ?? ""),
    created_at: ago(n * 1.7),
    updated_at: ago(n * 0.9),
  };
});

const deals: Row[] = Array.from({ length: 31 }, (_, n) => {
  const stage = STAGES[[1, 1, 2, 1, 3, 2, 1, 4, 3, 1, 2][n % 11] ?? 1]?.[0] ?? "interest";
  const contact = contacts[n % contacts.length];
  const status = stage === "action" ? "won" : n === 13 ? "lost" : "open";
  return {
    id: `dea_${n}`,
    title: n % 3 === 0 ? "Braces, two years" : n % 3 === 1 ? "Whitening kit" : "Care plan for the family",
    contact_id: contact?.id,
    contact_name: contact?.["display_name"],
    funnel_id: "fun_1",
    stage,
    value: nok([4_900_000, 199_000, 1_240_000, 0][n % 4] ?? 0),
    owner_id: n % 3 === 0 ? "usr_1" : n % 3 === 1 ? "usr_2" : null,
    status,
    reason: status === "lost" ? "Chose another clinic" : "",
    channel: contact?.["channel"],
    order_id: status === "won" ? "ord_1" : null,
    stage_entered_at: ago(n * 1.3 + 0.1),
    created_at: ago(n * 2 + 0.4),
    updated_at: ago(n),
    closed_at: status === "open" ? null : ago(n * 0.7),
    fields: {},
    discount: n === 1 ? 20 : null,
    funnel_version: 1,
    held: status === "open" && ["consideration", "interest"].includes(stage) && n % 2 === 1 ? { count: (n % 3) + 1, text: "Fill in: What they need." } : null,
    won_past: n === 7 ? [{ stage: "action", override_by: [], override_chars_min: 0, reason: { kind: "field_missing", field: "deal.need", label: "", one_of: [] }, text: "Fill in: What they need." }] : [],
    approval_asked: null, answer_due_at: null,
  };
});

/** The gate before the decision, as a deal with a phone call to come would meet it. */
function gatesOf(deal: Row): Reply {
  const at = STAGES.findIndex(([stage]) => stage === deal["stage"]);
  const fields = (deal["fields"] ?? {}) as Record<string, unknown>;
  const block = (reason: Row | Record<string, unknown>, words: string) => ({ stage: "decision", override_by: ["owner", "admin", "manager"], override_chars_min: 10, reason, text: words });
  const all = [
    ...(fields["need"] ? [] : [block({ kind: "field_missing", field: "deal.need", label: { en: "What they need", nb: "Hva de trenger" }, one_of: [] }, "Fill in: What they need.")]),
    ...(fields["start"] ? [] : [block({ kind: "field_missing", field: "deal.start", label: { en: "Start of treatment", nb: "Start på behandlingen" }, value_kind: "future_date", one_of: [] }, "Fill in: Start of treatment.")]),
    block({ kind: "event_missing", event: "Meeting Held", where: {}, times: 0, needed: 1 }, "Meeting Held is missing (0 of 1)."),
    block({ kind: "approval_missing", rule: 0, by: ["manager"], four_eyes: true }, "Must be approved by: sales manager."),
    { ...block({ kind: "consent_missing", purpose: "marketing" }, "The consent marketing is missing."), override_by: [] },
  ];
  const stages = STAGES.map(([stage, name], index) => {
    const reasons = index > at && index >= 3 ? all : [];
    return { stage, name, is_open: reasons.length === 0, is_behind: index < at, reasons, override_by: [], may_override: reasons.length > 0, override_chars_min: 10, may_approve: deal["owner_id"] !== "usr_1" && reasons.length > 0 };
  });
  return ok({ stage: deal["stage"], funnel_version: 1, approvals: [], stages: stages.filter(({ stage }) => stage !== deal["stage"]) });
}
const history = new Map<string, Row[]>();

const look = { headline: "", image: "", image_alt: "", button: "", terms: "", thanks_heading: "", thanks_text: "", asks_quantity: false, asks_company: false, asks_address: false };
const offers: Row[] = [
  { id: "off_1", document: { slug: "whitening-kit", name: { nb: "Blekesett", en: "Whitening kit" }, description: { nb: "Alt du trenger for hvitere tenner hjemme, tilpasset av tannlege.", en: "All you need for whiter teeth at home, fitted by a dentist." }, features: [{ nb: "Skinner laget til dine tenner", en: "Trays made for your teeth" }, { nb: "Synlig forskjell på 14 dager", en: "A visible difference in 14 days" }], guarantee: { nb: "Pengene tilbake i 30 dager.", en: "Your money back within 30 days." }, price: nok(199_000), tax_rate_bp: 2500, includes_tax: true, rung: "tripwire", look }, is_published: true, created_at: ago(60), updated_at: ago(3) },
  { id: "off_2", document: { slug: "braces", name: { nb: "Tannregulering", en: "Braces" }, description: "", features: [], guarantee: "", price: nok(4_900_000), tax_rate_bp: 0, includes_tax: true, rung: "core", look }, is_published: true, created_at: ago(58), updated_at: ago(12) },
  { id: "off_3", document: { slug: "care-plan", name: { nb: "Omsorgsplan", en: "Care plan" }, description: "", features: [], guarantee: "", price: nok(39_900), tax_rate_bp: 2500, includes_tax: false, rung: "additional", look }, is_published: false, created_at: ago(9), updated_at: ago(9) },
];

const ORDER_STATES = ["invoiced", "paid", "paid", "placed", "invoiced", "cancelled", "paid", "refunded"] as const;
const orders: Row[] = Array.from({ length: 23 }, (_, n) => {
  const contact = contacts[(n * 3) % contacts.length];
  const status = ORDER_STATES[n % ORDER_STATES.length] ?? "placed";
  const quantity = (n % 3) + 1;
  const total = 199_000 * quantity;
  const tax = Math.round(total / 5);
  return {
    id: `ord_${n}`,
    number: 1023 - n,
    status,
    contact_id: contact?.id,
    buyer: { name: contact?.["display_name"], email: contact?.["email"] ?? "kjoper@example.no", phone: contact?.["phone"] ?? "", company: contact?.["company"] ?? "", org_number: contact?.["company"] ? "914 223 117" : "", address: { street: "Storgata 14", postal_code: "0184", city: "Oslo", country: "NO" } },
    net: nok(total - tax),
    tax: nok(tax),
    total: nok(total),
    taxes: [{ rate_bp: 2500, net_minor: total - tax, tax_minor: tax, total_minor: total }],
    locale: "nb",
    channel: contact?.["channel"],
    invoice_number: status === "placed" || status === "cancelled" ? null : 10_040 - n,
    due_on: status === "placed" ? null : ago(n * 2 - 14).slice(0, 10),
    placed_at: ago(n * 2.1),
    invoiced_at: status === "placed" ? null : ago(n * 2),
    paid_at: status === "paid" || status === "refunded" ? ago(n) : null,
    cancelled_at: status === "cancelled" ? ago(n) : null,
    refunded_at: status === "refunded" ? ago(n / 2) : null,
    lines: [{ offer_id: "off_1", description: "Blekesett", quantity, unit_price: nok(199_000), includes_tax: true, tax_rate_bp: 2500, net: nok(total - tax), tax: nok(tax), total: nok(total) }],
  };
});

const users: Row[] = [
  { id: "usr_1", name: "Kari Nordmann", email: "kari@smilklinikken.example", role: "owner", locale: "nb", is_active: true, created_at: ago(120) },
  { id: "usr_2", name: "Ola Hansen", email: "ola@smilklinikken.example", role: "rep", locale: "nb", is_active: true, created_at: ago(80) },
  { id: "usr_3", name: "Mats Lindqvist", email: "mats@smilklinikken.example", role: "marketer", locale: "sv", is_active: false, created_at: ago(40) },
];
const keys: Row[] = [
  { id: "key_1", name: "Website", kind: "write", shown: "wk_3f7Qm2bPz81LkXc0VtYw9sNd", role: "viewer", created_at: ago(100), used_at: ago(0.001), revoked_at: null },
  { id: "key_2", name: "Booking system", kind: "secret", shown: "sk_8dKq2", role: "manager", created_at: ago(50), used_at: ago(1), revoked_at: null },
  { id: "key_3", name: "Old integration", kind: "secret", shown: "sk_Zm3pR", role: "viewer", created_at: ago(90), used_at: null, revoked_at: ago(30) },
];
const jobs: Row[] = [
  { id: "job_1", kind: "order_confirmation", state: "dead", run_at: ago(0.2), attempts: 8, attempts_max: 8, last_error: "smtp.example.no refused the login (535 5.7.8): check the user name and password in Settings, Mail", created_at: ago(0.5), finished_at: ago(0.2) },
  { id: "job_2", kind: "magnet_delivery", state: "queued", run_at: ago(-0.01), attempts: 1, attempts_max: 8, last_error: "smtp.example.no did not answer within 15 s", created_at: ago(0.01), finished_at: null },
  { id: "job_3", kind: "import_run", state: "done", run_at: ago(1), attempts: 1, attempts_max: 8, last_error: null, created_at: ago(1), finished_at: ago(1) },
];

let company: Record<string, unknown> = { name: "Smilklinikken", currency: "NOK", timezone: "Europe/Oslo", locales: ["nb", "en"], base_url: "https://smilklinikken.example", postal_address: "Storgata 14, 0184 Oslo", org_number: "914 223 117", contact_email: "hei@smilklinikken.example", bank_account: "1503 12 34567", asks_tracking_consent: true };
let brand: Record<string, unknown> = { name: "Smilklinikken", logo: { src: "", alt: "", width: null, height: null }, accent: "#0f6e6e", surface: "#ffffff", ink: "#14242b", heading_font: "oldstyle", body_font: "system", radius: "medium", scale: "balanced", footer: { legal_name: "Smilklinikken AS", org_number: "914 223 117", address: "Storgata 14, 0184 Oslo", email: "hei@smilklinikken.example", phone: "", links: [{ label: "Personvern", url: "/personvern" }] } };
const dkim = (domain: string, selector: string) => ({ domain, selector, record: { name: `${selector}._domainkey.${domain}`, value: `v=DKIM1; k=rsa; p=${"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA".repeat(6)}`, zone_value: `"v=DKIM1; k=rsa; p=…"` } });
let incoming: Record<string, unknown> = { host: "", port: 993, security: "tls", username: "", has_password: false, folder: "INBOX", ca_pem: null, unknown_senders: "leave_out", answers_to: null, state: null, intake: [] };
let mail: Record<string, unknown> = { from_name: "", from_email: "hei@smilklinikken.example", reply_to: null, host: "smtp.example.no", port: 587, security: "starttls", username: "hei@smilklinikken.example", has_password: true, ca_pem: null, dkim: dkim("smilklinikken.example", "suppilo1"), lead_notice_to: ["kari@smilklinikken.example"], is_complete: true, is_recording: false };

const EVENTS: [string, Record<string, unknown>][] = [
  ["Order Paid", { order: "ord_1", order_number: 1023, value: 1990, currency: "NOK", channel: "google-ads" }],
  ["Deal Won", { deal: "dea_7", stage: "action", value: 1990, currency: "NOK", channel: "google-ads" }],
  ["Order Completed", { order: "ord_1", order_number: 1023, value: 1990, tax: 398, currency: "NOK", channel: "google-ads" }],
  ["Offer Viewed", { offer: "whitening-kit", value: 1990, currency: "NOK", path: "/o/whitening-kit" }],
  ["Email Link Clicked", { subject: "Hvit nok for bildet?", template: "welcome-2" }],
  ["Email Opened", { subject: "Hvit nok for bildet?" }],
  ["Email Sent", { subject: "Hvit nok for bildet?", template: "welcome-2", kind: "marketing" }],
  ["Stage Entered", { deal: "dea_7", stage: "consideration", channel: "google-ads" }],
  ["Lead Magnet Downloaded", { magnet: "mag_1", name: "Hvite tenner på 14 dager" }],
  ["Email Confirmed", { path: "/gratis-sjekk" }],
  ["Consent Given", { purpose: "marketing", origin: "/gratis-sjekk" }],
  ["Deal Created", { deal: "dea_7", stage: "interest", value: 0, currency: "NOK" }],
  ["Lead Captured", { page: "Gratis sjekk", path: "/gratis-sjekk", form: "lead", variant: "b", locale: "nb", channel: "google-ads" }],
  ["Form Viewed", { path: "/gratis-sjekk", page: "Gratis sjekk" }],
  ["Page Viewed", { path: "/gratis-sjekk", page: "Gratis sjekk", channel: "google-ads", utm_source: "google", utm_medium: "cpc", utm_campaign: "host-2026", device: "mobile", referrer: "https://www.google.com/", locale: "nb" }],
  ["Quiz Finished", { score: 8, of: 10 }],
];

const page = (rows: readonly Row[], query: URLSearchParams) => {
  const start = Number(query.get("cursor") ?? 0);
  const limit = Number(query.get("limit") ?? 50);
  return ok({ items: rows.slice(start, start + limit), next_cursor: start + limit < rows.length ? String(start + limit) : null, total: rows.length });
};
const holds = (row: Row, q: string | null, ...fields: string[]) => !q || fields.some((field) => text(row[field]).toLowerCase().includes(q.toLowerCase()));
const is = (row: Row, field: string, wanted: string | null) => wanted === null || text(row[field]) === wanted;

function board(query: URLSearchParams): Reply {
  const shown = deals.filter((deal) => deal["status"] !== "lost" && holds(deal, query.get("q"), "title") && ownedBy(deal, query.get("owner")));
  const sum = (rows: Row[]) => ({ count: rows.length, values: rows.length ? [nok(rows.reduce((total, deal) => total + (deal["value"] as { minor: number }).minor, 0))] : [] });
  return ok({
    funnel_id: "fun_1",
    won_since: ago(30),
    columns: STAGES.map(([stage]) => {
      const here = shown.filter((deal) => deal["stage"] === stage);
      return { stage, open: sum(here.filter(({ status }) => status === "open")), won: sum(here.filter(({ status }) => status === "won")), deals: here };
    }),
  });
}

const ownedBy = (deal: Row, owner: string | null) => owner === null || (owner === "none" ? deal["owner_id"] === null : deal["owner_id"] === (owner === "me" ? "usr_1" : owner));

function changeDeal(deal: Row, change: Record<string, unknown>, reason = ""): Reply {
  const from_stage = deal["stage"];
  Object.assign(deal, change, { updated_at: new Date().toISOString() });
  const past = history.get(deal.id) ?? [];
  history.set(deal.id, [{ id: "", from_stage, stage: deal["stage"], status: deal["status"], actor: "usr_1", reason, overridden: [], at: new Date().toISOString() }, ...past]);
  return ok(deal);
}

function onDeal(method: string, deal: Row, verb: string | undefined, body: Record<string, unknown>): Reply {
  const now = new Date().toISOString();
  if (verb === "gates") return gatesOf(deal);
  if (verb === "approvals") return changeDeal(deal, { approval_asked: { stage: body["stage"], by: "usr_1", note: "", at: now } });
  if (verb === "move") {
    if (["decision", "action"].includes(text(body["stage"])) && !body["override_reason"]) return problem(409, "gate_shut", "Fill in: What they need.");
    if (deal["status"] !== "open") return problem(409, "deal_closed", `this deal is ${String(deal["status"])}: open it again first`);
    return changeDeal(deal, { stage: body["stage"], stage_entered_at: now }, text(body["reason"]));
  }
  if (verb === "close") return changeDeal(deal, { status: body["outcome"], reason: body["reason"] ?? "", closed_at: now }, text(body["reason"]));
  if (verb === "reopen") return changeDeal(deal, { status: "open", reason: "", closed_at: null });
  if (method === "PATCH") {
    if (body["title"] === "") return refused("title", "write a title of 1 to 160 characters");
    return changeDeal(deal, body);
  }
  const born = { from_stage: null, stage: "interest", status: "open", actor: "system", reason: "Lead Captured", overridden: [], at: deal["created_at"] };
  return ok({ ...deal, history: [...(history.get(deal.id) ?? []), { from_stage: "interest", stage: deal["stage"], status: deal["status"], actor: "usr_2", reason: "", overridden: [], at: deal["stage_entered_at"] }, born] });
}

function onContact(method: string, contact: Row, verb: string | undefined, query: URLSearchParams, body: Record<string, unknown>): Reply {
  if (verb === "timeline") {
    const start = Number(query.get("cursor") ?? 0);
    const items = EVENTS.slice(0, 40).map(([event, properties], index) => ({ position: 900 - start - index, at: ago(start / 4 + index ** 1.6 * 0.06), event, person: 7, properties }));
    return ok({ items, next_cursor: start < 48 ? String(start + 16) : null, contact_id: contact.id });
  }
  if (verb === "consents") {
    return ok({ items: [
      { purpose: "marketing", is_given: true, wording: "Ja takk, send meg tips og tilbud på e-post. Jeg kan melde meg av når som helst.", locale: "nb", origin: "/gratis-sjekk", at: ago(3) },
      { purpose: "tracking", is_given: false, wording: "", locale: "nb", origin: "cookie banner", at: ago(3) },
      { purpose: "marketing", is_given: false, wording: "", locale: "nb", origin: "unsubscribe", at: ago(40) },
    ] });
  }
  if (method === "PATCH") {
    if (typeof body["email"] === "string" && body["email"] && !body["email"].includes("@")) return refused("email", "write an address such as kari@example.no");
    const traits = { ...(contact["traits"] as object), ...(body["traits"] as object | undefined) };
    Object.assign(contact, body, { traits, display_name: `${String(body["first_name"] ?? contact["first_name"])} ${String(body["last_name"] ?? contact["last_name"])}`.trim() });
    return ok(contact);
  }
  if (method === "DELETE") {
    if (orders.some((order) => order["contact_id"] === contact.id)) return problem(409, "has_orders", "the contact has orders, which the books must keep: it cannot be removed");
    contacts.splice(contacts.indexOf(contact), 1);
    return { status: 204 };
  }
  return ok(contact);
}

/** One list and the things in it: `GET /x`, `POST /x`, `GET /x/id` ... */
function onList(method: string, rows: Row[], prefix: string, body: Record<string, unknown>): Reply {
  if (method === "GET") return ok({ items: rows });
  const row = { ...body, id: `${prefix}_${rows.length + 1}`, created_at: new Date().toISOString(), updated_at: new Date().toISOString() };
  rows.unshift(row);
  return { status: 201, body: row };
}

function onSettings(method: string, noun: string, id: string | undefined, body: Record<string, unknown>): Reply | null {
  switch (`${method} ${noun}${id ? "/x" : ""}`) {
    case "GET company": return ok(company);
    case "PUT company":
      if (!body["name"]) return refused("name", "write the company's name");
      company = body;
      return ok(company);
    case "GET brand": return ok(brand);
    case "PUT brand": brand = body; return ok(brand);
    case "GET mail-settings": return ok(mail);
    case "PUT mail-settings": {
      if (body["host"] && !body["from_email"]) return refused("from_email", "write the address that mail is from");
      const signed = body["dkim"] as { domain: string; selector: string } | null | undefined;
      mail = { ...mail, ...body, has_password: Boolean(body["password"]) || mail["has_password"], dkim: signed ? dkim(signed.domain, signed.selector) : null, is_complete: Boolean(body["host"]) };
      return ok(mail);
    }
    case "GET mail-settings/x": return ok(incoming);
    case "PUT mail-settings/x": incoming = { ...incoming, ...body, has_password: true }; return ok(incoming);
    case "POST mail-settings/x":
      return ok(String(body["to"]).startsWith("ok") ? { is_sent: true, class: "sent", code: 250, detail: "smtp.example.no took it: look in the inbox", message: "msg_1" } : { is_sent: false, class: "settings", code: 535, detail: "smtp.example.no refused the login (535 5.7.8 Authentication failed): check the user name and the password", message: "msg_2" });
    case "GET keys": return ok({ items: keys });
    case "POST keys": {
      if (!body["name"]) return refused("name", "say in 1 to 80 characters what the key is for");
      const token = `${body["kind"] === "write" ? "wk" : "sk"}_9xQ2mTf7LbV0cWz4KpN8rYd3HsJ6gE1a`;
      const key = { id: `key_${keys.length + 1}`, name: body["name"], kind: body["kind"], shown: body["kind"] === "write" ? token : token.slice(0, 8), role: body["role"] ?? "viewer", created_at: new Date().toISOString(), used_at: null, revoked_at: null };
      keys.unshift(key);
      return { status: 201, body: { ...key, token } };
    }
    case "DELETE keys/x":
      Object.assign(keys.find((key) => key.id === id) ?? {}, { revoked_at: new Date().toISOString() });
      return { status: 204 };
    case "POST users":
      if (users.some(({ email }) => email === body["email"])) return refused("email", "a user with this address is already here");
      users.push({ ...body, id: `usr_${users.length + 1}`, is_active: true, created_at: new Date().toISOString() });
      return { status: 201, body: users.at(-1) };
    case "GET users": return ok({ items: users });
    case "PATCH users/x": return ok(Object.assign(users.find((user) => user.id === id) ?? {}, body));
    case "GET jobs": return ok({ items: jobs });
    case "POST jobs/x":
      Object.assign(jobs.find((job) => job.id === id) ?? {}, { state: "queued", attempts: 0 });
      return { status: 204 };
    case "GET audit":
      return ok({ items: [
        { at: ago(0.01), actor: "usr_1", action: "deal.move", subject: "dea_4", detail: { from: "interest", to: "decision" } },
        { at: ago(0.4), actor: "usr_2", action: "contact.update", subject: "ctc_3", detail: null },
        { at: ago(1), actor: "key_2", action: "order.status", subject: "ord_3", detail: { from: "placed", to: "invoiced" } },
        { at: ago(2), actor: "system", action: "user.lock", subject: "usr_3", detail: null },
      ] });
    case "GET ingest/x":
      return ok({ accepted: 184_220, repeated: 312, refused: [
        { reason: "timestamp_too_old", count: 48, samples: [{ at: ago(0.1), dialect: "segment", field: "timestamp", message: "events may be at most 7 days old: send older ones as an import", value: "2019-02-01T00:00:00Z" }] },
        { reason: "unknown_write_key", count: 3, samples: [{ at: ago(2), dialect: "posthog", field: "api_key", message: "this write key does not work: make one in Settings", value: "wk_old…" }] },
      ] });
    case "GET funnels": return ok({ items: [funnel] });
    case "GET funnels/x": return ok(funnel);
    case "PUT funnels/x": {
      const document = body["document"] as typeof funnel.document;
      const nameless = document.stages.findIndex(({ enters_on }) => (enters_on as string) === "");
      if (nameless >= 0) return refused(`document.stages[${nameless}].enters_on`, "name the event in 1 to 200 characters");
      Object.assign(funnel, { document, version: funnel.version + 1, updated_at: new Date().toISOString() });
      return ok(funnel);
    }
    case "GET insights/x":
      return ok({ events: [...STAGES.map(([, , , event]) => event), "Email Sent", "Quiz Finished"].map((name, index) => ({ name, count: 9000 >> index })), properties: ["channel", "path"] });
  }
  return null;
}

const FIND: Record<string, Row[]> = { contacts, deals, offers, orders };

export function salesReply(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>, isEmpty: boolean): Reply | null {
  const [noun = "", id, verb] = path.split("/").filter(Boolean);
  if (isEmpty && method === "GET" && !id) {
    if (["contacts", "deals", "offers", "orders", "messages", "jobs", "audit", "keys"].includes(noun)) return ok({ items: [], next_cursor: null, total: 0 });
    if (noun === "funnels") return ok({ items: [] });
  }
  if (noun === "deals" && id === "board") return isEmpty ? ok({ funnel_id: "fun_1", won_since: ago(30), columns: STAGES.map(([stage]) => ({ stage, open: { count: 0, values: [] }, won: { count: 0, values: [] }, deals: [] })) }) : board(query);
  if (id && noun in FIND) {
    const row = FIND[noun]?.find((known) => known.id === id);
    if (!row) return notFound(noun.slice(0, -1));
    if (noun === "contacts") return onContact(method, row, verb, query, body);
    if (noun === "deals") return onDeal(method, row, verb, body);
    if (noun === "orders") {
      if (verb === "status") Object.assign(row, { status: body["status"], [`${String(body["status"])}_at`]: new Date().toISOString() });
      return ok(row);
    }
    if (method === "DELETE") {
      if (id === "off_1") return problem(409, "on_ladder", "the ladder of the funnel smile-clinic names this offer: take it off there first");
      offers.splice(offers.indexOf(row), 1);
      return { status: 204 };
    }
    if (method === "PUT") {
      if (!(body["document"] as { slug: string }).slug) return refused("document.slug", "write small letters a to z, digits and hyphens, such as whitening-kit");
      Object.assign(row, body);
    }
    return ok(row);
  }
  if (method === "GET") {
    const q = query.get("q");
    if (noun === "contacts") return page(contacts.filter((row) => holds(row, q, "display_name", "email", "company", "phone") && is(row, "channel", query.get("channel"))), query);
    if (noun === "deals") return page(deals.filter((row) => holds(row, q, "title") && is(row, "status", query.get("status")) && is(row, "stage", query.get("stage")) && is(row, "contact_id", query.get("contact")) && ownedBy(row, query.get("owner"))), query);
    if (noun === "orders") return page(orders.filter((row) => (!q || JSON.stringify(row).toLowerCase().includes(q.toLowerCase())) && is(row, "status", query.get("status")) && is(row, "contact_id", query.get("contact"))), query);
    if (noun === "messages") return page([{ id: "msg_1", contact: query.get("contact"), kind: "transactional", template: "lead-magnet", subject: "Hvite tenner på 14 dager", state: "sent", to: "kari@example.no", created_at: ago(3), finished_at: ago(3), error: null }, { id: "msg_2", contact: query.get("contact"), kind: "marketing", template: "welcome-2", subject: "Hvit nok for bildet?", state: "failed", to: "kari@example.no", created_at: ago(2), finished_at: ago(2), error: "550 5.1.1 no such user" }], query);
  }
  if (noun === "contacts") return body["email"] === "taken@example.no" ? refused("email", "Kari Nordmann has this address already") : onList(method, contacts, "ctc", { phone: "", company: "", traits: {}, tags: [], channel: "", is_email_verified: false, ...body, display_name: `${text(body["first_name"])} ${text(body["last_name"])}`.trim() || body["email"] });
  if (noun === "deals") return onList(method, deals, "dea", { funnel_id: "fun_1", stage: "interest", status: "open", reason: "", channel: "", order_id: null, value: nok(0), owner_id: "usr_1", fields: {}, discount: null, funnel_version: 1, held: null, won_past: [], approval_asked: null, answer_due_at: null, ...body, contact_name: contacts.find(({ id: known }) => known === body["contact_id"])?.["display_name"], stage_entered_at: new Date().toISOString(), closed_at: null });
  if (noun === "offers") return onList(method, offers, "off", body);
  return onSettings(method, noun, id, body);
}
