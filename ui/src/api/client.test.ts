import { afterEach, describe, expect, it, vi } from "vitest";
import { api, ApiProblem, apiUrl, readSession, whenSignedOut } from "./client";

const answer = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": status < 400 ? "application/json" : "application/problem+json" } });

const session = (token: string) => answer(200, { setup_required: false, user: null, csrf_token: token, company: null });

function serve(...answers: (Response | Error)[]) {
  const calls = vi.fn<typeof fetch>(() => {
    const next = answers.shift();
    return next instanceof Response ? Promise.resolve(next) : Promise.reject(next ?? new Error("no more answers"));
  });
  vi.stubGlobal("fetch", calls);
  return calls;
}

const headerOf = (calls: ReturnType<typeof serve>, call: number, name: string) => new Headers(calls.mock.calls[call]?.[1]?.headers).get(name);

afterEach(() => vi.unstubAllGlobals());

describe("addresses", () => {
  it("leaves empty values out and repeats lists", () => {
    expect(apiUrl("/contacts", { q: "å b", cursor: null, sort: "", tag: ["a", "b"], limit: 20 })).toBe("/api/v1/contacts?q=%C3%A5+b&tag=a&tag=b&limit=20");
    expect(apiUrl("/home")).toBe("/api/v1/home");
  });
});

describe("changes", () => {
  it("carry the session's token, reads do not", async () => {
    const calls = serve(session("t1"), answer(200, {}), answer(200, {}));
    await readSession();
    await api.post("/deals", { a: 1 });
    await api.get("/deals");
    expect(headerOf(calls, 1, "x-csrf-token")).toBe("t1");
    expect(headerOf(calls, 2, "x-csrf-token")).toBeNull();
  });

  it("are sent once more when the token was renewed elsewhere", async () => {
    const calls = serve(answer(403, { code: "csrf_token_invalid" }), session("t2"), answer(200, { ok: true }));
    await expect(api.post("/deals")).resolves.toEqual({ ok: true });
    expect(headerOf(calls, 2, "x-csrf-token")).toBe("t2");
  });

  it("are not sent again when they are forbidden", async () => {
    const calls = serve(answer(403, { code: "forbidden", detail: "Ask an owner." }));
    await expect(api.delete("/deals/1")).rejects.toMatchObject({ status: 403, code: "forbidden", message: "Ask an owner." });
    expect(calls).toHaveBeenCalledOnce();
  });
});

describe("failures", () => {
  it("name their fields, one or many", async () => {
    serve(answer(422, { code: "invalid", detail: "Look again.", errors: [{ field: "steps.0.event", detail: "Too long." }] }), answer(400, { code: "invalid", detail: "No address.", field: "email" }));
    await expect(api.post("/x")).rejects.toMatchObject({ fields: [{ field: "steps.0.event", detail: "Too long." }] });
    await expect(api.post("/x")).rejects.toMatchObject({ fields: [{ field: "email", detail: "No address." }] });
  });

  it("say when nothing answered, and when what answered was no problem document", async () => {
    serve(new TypeError("Failed to fetch"), new Response("<h1>Bad gateway</h1>", { status: 502, headers: { "content-type": "text/html" } }));
    await expect(api.get("/home")).rejects.toMatchObject({ status: 0, code: "unreachable" });
    await expect(api.get("/home")).rejects.toMatchObject({ status: 502, code: "unexpected" });
  });

  it("tell when the session has ended, but not for a wrong password", async () => {
    const ended = vi.fn();
    whenSignedOut(ended);
    serve(answer(401, {}), answer(401, {}));
    await expect(api.post("/session", {})).rejects.toBeInstanceOf(ApiProblem);
    expect(ended).not.toHaveBeenCalled();
    await expect(api.get("/home")).rejects.toBeInstanceOf(ApiProblem);
    expect(ended).toHaveBeenCalledOnce();
  });
});
