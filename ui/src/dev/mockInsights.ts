/** The pretend server's insights and dashboards. Numbers are made up but hang together; what is saved stays until a restart. */

interface Reply {
  status: number;
  body?: unknown;
}

type Body = Record<string, unknown>;
interface Row extends Body {
  id: string;
  version: number;
}

const DAY_MS = 86_400_000;
const LENGTHS = { day: 1, week: 7, month: 30 } as const;
const VALUES = ["google-ads", "newsletter", "referral", "direct", "organic", ""];
const STEP_NAMES = ["/gratis-sjekk", "/priser", "Lead Captured", "Lead Magnet Downloaded", "Offer Viewed", "Order Completed", "/om-oss", "/blogg/hvite-tenner"];
const ok = (body: unknown, status = 200): Reply => ({ status, body });
const now = () => new Date().toISOString();
/** A number between 0 and 1 that is the same each time. */
const chance = (seed: number) => Math.abs(Math.sin(seed * 12.9898) * 43_758.5453) % 1;

function startsOf(query: Body, interval: keyof typeof LENGTHS, count?: number): string[] {
  const at = (value: unknown, otherwise: number) => (typeof value === "string" ? Date.parse(value) : otherwise);
  const from = at(query["from"], Date.now() - 30 * DAY_MS);
  const to = at(query["to"], Date.now());
  const length = LENGTHS[interval] * DAY_MS;
  return Array.from({ length: count ?? Math.max(1, Math.ceil((to - from) / length)) }, (_, index) => new Date(from + index * length).toISOString());
}

function step(name: string, index: number, counts: readonly number[]) {
  const [count = 0, before = 0, first = 0] = [counts[index], counts[index - 1], counts[0]];
  const share = index === 0 ? 1 : before > 0 ? count / before : 0;
  const width = before > 0 ? 1.96 * Math.sqrt((share * (1 - share)) / before) : 0;
  const median = index === 0 ? null : 90 * 30 ** index;
  const times = { p25_s: 0.5, median_s: 1, p75_s: 2.2, p90_s: 4, p95_s: 7, avg_s: 1.7 };
  return {
    name, count, conversion_from_prev: share, conversion_from_first: first > 0 ? count / first : 0, ci_low: Math.max(0, share - width), ci_high: index === 0 ? 1 : Math.min(1, share + width), dropped: index === 0 ? 0 : before - count,
    ...Object.fromEntries(Object.entries(times).map(([part, factor]) => [part, median === null ? null : median * factor])),
  };
}

function funnel(query: Body, factor = 1): Body {
  const steps = query["steps"] as { event: string | string[]; name?: string }[];
  let people = 12_480 * factor;
  const counts = steps.map((_, index) => {
    if (index > 0) people *= 0.42 * (0.85 + 0.3 * chance(index + 10 * factor));
    return Math.round(people);
  });
  const answers = steps.map((one, index) => step(one.name ?? [one.event].flat().join(" / "), index, counts));
  const last = steps.length - 1;
  const trend = query["trend"] as { interval: keyof typeof LENGTHS } | undefined;
  const breakdown = query["breakdown"] ? VALUES.map((value, place) => ({ value, counts: counts.map((count, index) => Math.round((count / (place + 2)) * (1 + 0.05 * index * (place - 2)))) })) : null;
  const times = (of: number) => ({ p25_s: of * 0.5, median_s: of, p75_s: of * 2.2, p90_s: of * 4, p95_s: of * 7, mean_s: of * 1.7 });
  return {
    insight: "funnel", counts, steps: answers, excluded_count: query["exclusions"] ? 214 : 0,
    ...(breakdown ? { breakdown: Object.fromEntries(breakdown.map(({ value, counts: of }) => [value, of])), breakdown_steps: breakdown.map(({ value, counts: of }) => ({ value, counts: of, steps: steps.map((one, index) => step(one.name ?? "", index, of)) })), rest: { values: 3, counts: counts.map((count) => Math.round(count / 20)) } } : {}),
    ...(query["time_to_convert"] ? { time_to_convert: { from_step: 0, to_step: last, count: counts[last], width_s: 43_200, bins: Array.from({ length: 12 }, (_, bin) => [bin * 43_200, Math.round((counts[last] ?? 0) * 0.4 * 0.7 ** bin)]), ...times(97_000 * factor) } } : {}),
    ...(trend ? { trend: startsOf(query, trend.interval).map((start, index, all) => ({ start, counts: counts.map((count) => Math.round(count / all.length)), conversion: 0.03 + 0.02 * chance(index + factor), is_unfinished: index > all.length - 3 })) } : {}),
    ...(query["survival"] ? { survival: { median_s: null, points: Array.from({ length: 40 }, (_, index) => ({ s: index * 43_200, converted: 0.06 * factor * (1 - 0.9 ** index), ci_low: 0.055 * factor * (1 - 0.9 ** index), ci_high: 0.066 * factor * (1 - 0.9 ** index), at_risk: Math.round(12_480 * 0.93 ** index) })) } } : {}),
  };
}

function change(now_: Body, then: Body): Body {
  const [ours, theirs] = [now_["steps"], then["steps"]] as ReturnType<typeof step>[][];
  const of = (index: number, part: "conversion_from_prev" | "conversion_from_first") => {
    const diff = (ours?.[index]?.[part] ?? 0) - (theirs?.[index]?.[part] ?? 0);
    const half = 0.015 * (index + 1);
    return { diff, ci_low: diff - half, ci_high: diff + half, p_value: Math.exp((-3 * Math.abs(diff)) / half) };
  };
  return { ...now_, compared: then, steps: ours?.map((one, index) => (index === 0 ? one : { ...one, change: of(index, "conversion_from_prev"), change_from_first: of(index, "conversion_from_first") })) };
}

function trend(query: Body, factor = 1): Body {
  const starts = startsOf(query, (query["interval"] ?? "day") as keyof typeof LENGTHS);
  const line = (seed: number) => starts.map((_, index) => Math.round((60 + 40 * Math.sin(index / 1.1 + seed) + 30 * chance(index * 7 + seed)) * factor));
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  const values = line(1);
  const mean = Number(query["moving_average"] ?? 0);
  const series = (query["series"] as { name?: string; event: string | string[] }[] | undefined)?.map((one, index) => ({ name: one.name ?? [one.event].flat().join(" / "), values: line(index + 1), total: total(line(index + 1)) }));
  return {
    insight: "trend", starts, values, total: total(values), ...(series ? { series } : {}),
    ...(mean > 1 ? { moving_average: values.map((_, index) => (index < mean - 1 ? null : total(values.slice(index - mean + 1, index + 1)) / mean)) } : {}),
    ...(query["breakdown"] ? { breakdown: VALUES.map((value, place) => ({ value, values: line(place + 2), total: total(line(place + 2)) })), rest: { value_count: 4, values: line(9), total: total(line(9)) } } : {}),
  };
}

function retention(query: Body, factor = 1): Body {
  const starts = startsOf(query, query["period"] as keyof typeof LENGTHS, Number(query["periods"]));
  return { insight: "retention", starts, cohorts: starts.map((_, row) => Array.from({ length: starts.length - row }, (__, cell) => Math.round((180 + 60 * chance(row)) * factor * (cell === 0 ? 1 : 0.42 * 0.8 ** cell)))) };
}

function lifecycle(query: Body): Body {
  const starts = startsOf(query, (query["interval"] ?? "week") as keyof typeof LENGTHS);
  const line = (size: number, seed: number) => starts.map((_, index) => Math.round(size * (0.8 + 0.4 * chance(index + seed))));
  return { insight: "lifecycle", starts, new: line(320, 1), returning: line(180, 2), resurrecting: line(60, 3), dormant: line(260, 4) };
}

function paths(query: Body): Body {
  const places = Number(query["max_steps"] ?? 5);
  const nodes = Array.from({ length: places }, (_, place) => STEP_NAMES.slice(0, Math.min(2 + place * 2, STEP_NAMES.length)).map((label, index) => ({ id: `${place + 1}:${label}`, step: place + 1, label, sessions: Math.round(2_400 / (place + 1) / (index + 1)) }))).flat();
  const links = nodes.flatMap((from) => nodes.filter((to) => to.step === from.step + 1).map((to, index) => ({ source: from.id, target: to.id, sessions: Math.round((from.sessions * 0.5) / (index + 1) ** 2), median_s: 40 * (index + 1) }))).filter(({ sessions }) => sessions > 0);
  return { insight: "paths", nodes, links, links_total: links.length + 12, sessions: 4_120, one_step_sessions: 1_730, cut_off_sessions: 0 };
}

function stages(): Body {
  const of = ["awareness", "interest", "consideration", "decision", "action"];
  return { insight: "time_in_stage", stages_total: of.length, stages: of.map((stage, index) => ({ stage, entered: 900 >> index, left: 700 >> index, still_there: 200 >> index, mean_s: 190_000 * (index + 1), median_s: index === 3 ? null : 86_000 * (index + 1), p90_s: index > 1 ? null : 400_000 })) };
}

function answer(query: Body): Body {
  switch (query["insight"]) {
    case "trend":
      return { ...trend(query), ...(query["compare"] ? { compared: trend({ ...query, ...(query["compare"] as Body) }, 0.86) } : {}) };
    case "retention":
      return { ...retention(query), ...(query["compare"] ? { compared: retention({ ...query, ...(query["compare"] as Body) }, 0.9) } : {}) };
    case "lifecycle":
      return lifecycle(query);
    case "paths":
      return paths(query);
    case "time_in_stage":
      return stages();
    default:
      return query["compare"] ? change(funnel(query), funnel({ ...query, ...(query["compare"] as Body) }, 0.86)) : funnel(query);
  }
}

/** The answer where nothing has happened yet. */
function nothing(query: Body): Body {
  switch (query["insight"]) {
    case "trend":
      return trend(query, 0);
    case "retention":
      return retention(query, 0);
    case "lifecycle": {
      const { starts } = lifecycle(query);
      const none = (starts as unknown[]).map(() => 0);
      return { insight: "lifecycle", starts, new: none, returning: none, resurrecting: none, dormant: none };
    }
    case "paths":
      return { insight: "paths", nodes: [], links: [], links_total: 0, sessions: 0, one_step_sessions: 0, cut_off_sessions: 0 };
    case "time_in_stage":
      return { insight: "time_in_stage", stages: [], stages_total: 0 };
    default:
      return funnel(query, 0);
  }
}

const made = (id: string, body: Body): Row => ({ description: "", created_by: "usr_1", fault: null, created_at: now(), updated_at: now(), ...body, id, version: 1 });
const saved: Row[] = [
  made("ins_1", { name: "Visitors each day", query: { insight: "trend", event: "Page Viewed", measure: "unique", interval: "day" }, view: { chart: "line", period: "30d" } }),
  made("ins_2", { name: "From visit to purchase", description: "By the channel that brought them.", query: { insight: "funnel", steps: ["Page Viewed", "Lead Captured", "Order Completed"].map((event) => ({ event })), order: "ordered", window_s: 2_592_000 }, view: { chart: "funnel", period: "30d" } }),
  made("ins_3", { name: "Who comes back", query: { insight: "retention", event: "Page Viewed", period: "week", periods: 8 }, view: { chart: "heat", period: "90d" } }),
  made("ins_4", { name: "Ways to a purchase", query: { insight: "paths", by_prop: { "Page Viewed": "path" } }, view: { chart: "sankey", period: "30d" } }),
];
const tile = (index: number, width: number, height: number) => ({ id: `tile_${index}`, insight_id: `ins_${index}`, title: null, width, height });
const boards: Row[] = [made("dsh_1", { name: "Growth", is_pinned: true, period: { period: "30d" }, tiles: [tile(1, 6, 5), tile(3, 6, 5), tile(2, 12, 6), { id: "tile_t", text: "**Read it like this.** Click any number to see who it is.", width: 12, height: 2 }, tile(4, 12, 7)] })];
const shownBoard = (row: Row) => ({ ...row, insights: saved });
const listed = (rows: readonly unknown[]) => ok({ items: rows, next_cursor: null, total: rows.length });

/** A list and the things in it that have a version. */
function onRows(rows: Row[], prefix: string, method: string, id: string | undefined, body: Body, show: (row: Row) => unknown): Reply | null {
  if (!id) {
    if (method === "GET") return listed(rows.map((row) => ({ ...row, tile_count: (row["tiles"] as unknown[] | undefined)?.length })));
    const row = made(`${prefix}_${rows.length + 1}`, { tiles: [], is_pinned: false, period: { period: "30d" }, ...body });
    rows.unshift(row);
    return ok(show(row), 201);
  }
  const row = rows.find((one) => one.id === id);
  if (!row) return null;
  if (method === "DELETE") {
    rows.splice(rows.indexOf(row), 1);
    return { status: 204 };
  }
  if (method === "PATCH") Object.assign(row, body, { version: row.version + 1, updated_at: now() });
  return ok(show(row));
}

/** Answers of insights, saved insights and dashboards; null for what is none of them. */
export function insightReply(method: string, path: string, params: URLSearchParams, body: Body, isEmpty: boolean): Reply | null {
  const [noun, part, id] = path.split("/").filter(Boolean);
  if (noun === "dashboards") {
    if (!part && method === "GET") return isEmpty ? listed([]) : listed(boards.filter((row) => params.get("is_pinned") !== "true" || row["is_pinned"]).map((row) => ({ ...row, tile_count: (row["tiles"] as unknown[]).length })));
    if (Array.isArray(body["tiles"])) body["tiles"] = (body["tiles"] as Body[]).map((one, index) => ({ id: `tile_${Date.now()}_${index}`, title: null, ...one }));
    return onRows(boards, "dsh", method, part, body, shownBoard);
  }
  if (noun !== "insights") return null;
  if (part === "saved") return isEmpty && method === "GET" && !id ? listed([]) : onRows(saved, "ins", method, id, body, (row) => row);
  if (part === "query" && method === "POST") return ok(isEmpty ? nothing(body) : answer(body));
  return null;
}
