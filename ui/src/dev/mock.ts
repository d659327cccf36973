import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connect, Plugin } from "vite";
import { insightReply } from "./mockInsights.ts";
import { mapReply } from "./mockMap.ts";
import { salesReply } from "./mockSales.ts";

/**
 * A pretend server for work on the interface without Rust: `npm run dev:mock`. Numbers are made up but hang together.
 * `?mock=setup` and `?mock=out` on any page show the first run and the login, `?mock=empty` a company without data.
 */
const STAGES = [
  { id: "awareness", name: "Awareness", event: "Page Viewed", share: 1 },
  { id: "interest", name: "Interest", event: "Lead Captured", share: 0.43 },
  { id: "consideration", name: "Consideration", event: "Booking Made", share: 0.21 },
  { id: "decision", name: "Decision", event: "Offer Viewed", share: 0.128 },
  { id: "action", name: "Action", event: "Order Completed", share: 0.064 },
];
const MEDIANS_S = [null, 340, 93_000, 201_600, 48_900];
const NAMES = ["Kari Nordmann", "Ola Hansen", "Ingrid Bakke", "Mats Lindqvist", "Sofie Jensen", "Aino Virtanen", "Per Olsen", "Nora Dahl", "Jonas Berg", "Emma Solheim"];
const HAPPENINGS = ["Page Viewed", "Page Viewed", "Form Viewed", "Lead Captured", "Email Opened", "Email Link Clicked", "Lead Magnet Downloaded", "Offer Viewed", "Booking Made", "Order Completed"];
const LIVE_EVERY_MS = 4_000;

let mode: "in" | "out" | "setup" | "empty" = "in";
let position = 90_000;
const today = { visitors: 1_284, leads: 96, orders: 14, revenue: { minor: 23_486_000, currency: "NOK" } };

function session() {
  const isIn = mode === "in" || mode === "empty";
  return {
    setup_required: mode === "setup",
    user: isIn ? { id: "usr_1", name: "Kari Nordmann", email: "kari@smilklinikken.example", role: "owner", locale: "en" } : null,
    csrf_token: "mock",
    company: mode === "setup" ? null : { name: "Smilklinikken", currency: "NOK", timezone: "Europe/Oslo", locales: ["nb", "en"], base_url: "https://smilklinikken.example" },
  };
}

function answer(steps: { event: string | string[] }[], total: number) {
  const shares = steps.map((step, index) => STAGES.find(({ event }) => event === step.event)?.share ?? 0.5 ** index);
  const counts = shares.map((share) => Math.round(total * share));
  const rate = (index: number, from: number) => (counts[from] ? (counts[index] ?? 0) / counts[from] : null);
  return {
    counts,
    steps: steps.map((step, index) => ({
      name: STAGES.find(({ event }) => event === step.event)?.name ?? [step.event].flat().join(" / "),
      count: counts[index],
      conversion_from_prev: index === 0 ? 1 : rate(index, index - 1),
      conversion_from_first: rate(index, 0),
      ci_low: index === 0 ? null : (rate(index, index - 1) ?? 0) * 0.94,
      ci_high: index === 0 ? null : (rate(index, index - 1) ?? 0) * 1.06,
      avg_s: index === 0 ? null : (MEDIANS_S[index] ?? 7200) * 1.7,
      median_s: index === 0 ? null : (MEDIANS_S[index] ?? 7200),
      dropped: index === 0 ? 0 : (counts[index - 1] ?? 0) - (counts[index] ?? 0),
    })),
  };
}

function happening(agoS = 0) {
  position += 1;
  const event = HAPPENINGS[position % HAPPENINGS.length] ?? "Page Viewed";
  const name = NAMES[position % NAMES.length] ?? "";
  const label = event === "Page Viewed" || event === "Form Viewed" ? "/gratis-sjekk · google-ads" : name;
  return { position, at: new Date(Date.now() - agoS * 1000).toISOString(), event, person: `anon:${position}`, label };
}

const people = (cursor: string | undefined) => {
  const start = Number(cursor ?? 0);
  const items = Array.from({ length: 20 }, (_, index) => {
    const n = start + index;
    const isKnown = n % 4 !== 3;
    return { person: isKnown ? `contact:ctc_${n}` : `anon:${n}`, contact_id: isKnown ? `ctc_${n}` : null, label: isKnown ? (NAMES[n % NAMES.length] ?? "") : "", reached_at: new Date(Date.now() - n * 5_400_000).toISOString() };
  });
  return { items, next_cursor: start < 60 ? String(start + 20) : null, total: 80 };
};

const timeline = () => ({
  items: ["Order Completed", "Offer Viewed", "Email Link Clicked", "Email Sent", "Lead Magnet Downloaded", "Lead Captured", "Form Viewed", "Page Viewed"].map((event, index) => ({
    position: 900 - index,
    at: new Date(Date.now() - index ** 2 * 5_000_000).toISOString(),
    event,
    label: null,
    properties: event.startsWith("Email") ? { subject: "Hvit nok for bildet?" } : { channel: "google-ads", path: "/gratis-sjekk" },
  })),
  next_cursor: null,
});

function scaled(factor: number) {
  return { visitors: Math.round(today.visitors * factor), leads: Math.round(today.leads * factor * 1.1), orders: Math.round(today.orders * factor), revenue: { minor: Math.round(today.revenue.minor * factor * 0.97), currency: "NOK" } };
}

function home() {
  const isEmpty = mode === "empty";
  const none = { visitors: 0, leads: 0, orders: 0, revenue: { minor: 0, currency: "NOK" } };
  return {
    today: isEmpty ? none : today,
    yesterday_same_time: isEmpty ? none : scaled(0.88),
    funnel: answer(STAGES, isEmpty ? 0 : 12_480),
    recent: isEmpty ? [] : Array.from({ length: 14 }, (_, index) => happening((13 - index) * 95 + 4)).reverse(),
  };
}


function live(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  response.write(": open\n\n");
  if (mode === "empty") return;
  const timer = setInterval(() => {
    const item = happening();
    today.visitors += 1;
    if (item.event === "Lead Captured") today.leads += 1;
    response.write(`event: totals\ndata: ${JSON.stringify(today)}\n\nevent: happened\ndata: ${JSON.stringify(item)}\n\n`);
  }, LIVE_EVERY_MS);
  response.on("close", () => clearInterval(timer));
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}

const problem = (status: number, code: string, detail: string, errors?: unknown) => ({ status, body: { type: "about:blank", title: "Refused", status, code, detail, errors } });

interface Reply {
  status: number;
  body?: unknown;
}

function reply(method: string, url: URL, body: Record<string, unknown>): Reply {
  const path = url.pathname.replace("/api/v1", "");
  switch (`${method} ${path}`) {
    case "GET /session":
      return { status: 200, body: session() };
    case "POST /session":
      if (body["password"] === "wrong") return problem(401, "wrong_login", "Wrong");
      mode = "in";
      return { status: 200, body: session() };
    case "DELETE /session":
      mode = "out";
      return { status: 204 };
    case "POST /setup":
      if (body["company"] === "taken") return problem(422, "validation_failed", "Some fields need a look.", [{ field: "company", detail: "Choose another name: this one is taken." }, { field: "limits", detail: "Too many." }]);
      mode = "in";
      return { status: 200, body: session() };
    case "GET /home":
      return { status: 200, body: home() };
    case "POST /insights/people":
      return { status: 200, body: people(body["cursor"] as string | undefined) };
  }
  const map = mapReply(method, path, mode === "empty");
  if (map) return map;
  const insight = insightReply(method, path, url.searchParams, body, mode === "empty");
  if (insight) return insight;
  if (/^\/people\/.+\/timeline$/.test(path)) return { status: 200, body: timeline() };
  const sales = salesReply(method, path, url.searchParams, body, mode === "empty");
  if (sales) return sales;
  return problem(404, "not_found", `The mock does not know ${method} ${path}.`);
}

const handle: Connect.NextHandleFunction = (request, response, next) => {
  const url = new URL(request.url ?? "/", "http://mock");
  const wanted = url.searchParams.get("mock");
  if (wanted === "setup" || wanted === "out" || wanted === "in" || wanted === "empty") mode = wanted;
  if (!url.pathname.startsWith("/api/v1/")) { next(); return; }
  if (url.pathname === "/api/v1/live") { live(response); return; }
  void readJson(request).then((body) => {
    const { status, body: content } = reply(request.method ?? "GET", url, body);
    response.writeHead(status, { "content-type": status >= 400 ? "application/problem+json" : "application/json" });
    response.end(content === undefined ? undefined : JSON.stringify(content));
  });
};

export function mockApi(): Plugin {
  return {
    name: "mock-api",
    configureServer: (server) => void server.middlewares.use(handle),
    configurePreviewServer: (server) => void server.middlewares.use(handle),
  };
}
