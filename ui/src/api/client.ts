import type { Page, Session } from "./types";

/** Where the API lives; the interface is always served by the same origin. */
const BASE = "/api/v1";
const TIMEOUT_MS = 60_000;
/** A file of some gigabytes over a slow line. */
const UPLOAD_TIMEOUT_MS = 2 * 60 * 60_000;
const MUTATING = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** One field that the server refused. `field` is a dotted path such as `steps.0.event`. */
export interface FieldError {
  field: string;
  code?: string;
  detail: string;
}

interface ProblemDocument {
  title?: string;
  status?: number;
  code?: string;
  detail?: string;
  field?: string;
  errors?: { field: string; code?: string; message?: string; detail?: string }[];
}

/** What the server answered instead of success (problem+json), or that it could not be reached (status 0). */
export class ApiProblem extends Error {
  readonly status: number;
  /** Stable code such as `validation_failed`; `unreachable`, `timeout` and `unexpected` are made here. */
  readonly code: string;
  readonly title: string;
  readonly fields: readonly FieldError[];

  constructor(status: number, document: ProblemDocument) {
    super(document.detail ?? document.title ?? `HTTP ${status}`);
    this.name = "ApiProblem";
    this.status = status;
    this.code = document.code ?? "unexpected";
    this.title = document.title ?? "";
    const errors = document.errors ?? (document.field ? [{ field: document.field, message: this.message }] : []);
    // `stages[2].name` is `stages.2.name` to a form.
    this.fields = errors.map(({ field, message, detail, ...rest }) => ({ ...rest, field: field.replace(/\[(\d+)\]/g, ".$1"), detail: message ?? detail ?? "" }));
  }

  /** Whether the session has ended, so that signing in again is what helps. */
  get isSignedOut(): boolean {
    return this.status === 401;
  }
}

export type QueryValue = string | number | boolean | null | undefined | readonly string[];

export interface CallOptions {
  query?: Record<string, QueryValue>;
  /** Sent as JSON, or as it is when it is a FormData or Blob. */
  body?: unknown;
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** How long to wait for the answer; uploads of large files need longer than other calls. */
  timeoutMs?: number;
}

let csrfToken = "";
let onSignedOut: () => void = () => undefined;

/** Keeps the token that changes must carry; called whenever a session is read. */
export function rememberSession(session: Session): void {
  csrfToken = session.csrf_token ?? "";
}

/** What to do when a call finds that the session has ended. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

/** Builds an address below the API with its query; lists become repeated keys, empty values are left out. */
export function apiUrl(path: string, query: CallOptions["query"] = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === "") continue;
    if (Array.isArray(value)) value.forEach((item: string) => search.append(key, item));
     
    else search.set(key, String(value));
  }
  const text = search.toString();
  return text ? `${BASE}${path}?${text}` : BASE + path;
}

async function readProblem(response: Response): Promise<ApiProblem> {
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  const document = isJson
    ? await response.json().then((value: unknown) => value as ProblemDocument, () => ({}))
    : {};
  return new ApiProblem(response.status, document);
}

async function send(method: string, path: string, options: CallOptions): Promise<Response> {
  const headers = new Headers({ accept: "application/json", ...options.headers });
  if (MUTATING.has(method)) headers.set("x-csrf-token", csrfToken);
  const isRaw = options.body instanceof FormData || options.body instanceof Blob;
  if (options.body !== undefined && !isRaw) headers.set("content-type", "application/json");
  const timeout = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  try {
    return await fetch(apiUrl(path, options.query), {
      method,
      headers,
      credentials: "same-origin",
      body: isRaw ? (options.body as BodyInit) : options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiProblem(0, { code: timeout.aborted ? "timeout" : "unreachable" });
  }
}

async function answerOf(method: string, path: string, options: CallOptions): Promise<Response> {
  let response = await send(method, path, options);
  if (response.status === 403 && MUTATING.has(method)) {
    const problem = await readProblem(response);
    if (!problem.code.startsWith("csrf")) throw problem;
    // The token belongs to a session that was renewed in another tab: read it again and try once more.
    await readSession();
    response = await send(method, path, options);
  }
  if (!response.ok) {
    const problem = await readProblem(response);
    if (problem.isSignedOut && path !== "/session") onSignedOut();
    throw problem;
  }
  return response;
}

async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const response = await answerOf(method, path, options);
  if (response.status === 204 || response.headers.get("content-length") === "0") return undefined as T;
  return (await response.json()) as T;
}

/** The name in a Content-Disposition: the extended one, which may hold any letters, before the plain one. */
export function fileNameOf(disposition: string | null): string {
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? "")?.[1];
  const plain = /filename="?([^";]+)"?/i.exec(disposition ?? "")?.[1];
  return extended ? decodeURIComponent(extended) : (plain ?? "suppilo");
}

/** The body of an answer; how much of it has come is told on the way. */
async function fileOf(response: Response, onBytes?: (bytes: number) => void): Promise<Blob> {
  if (!onBytes || !response.body) return response.blob();
  let bytes = 0;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform: (piece, out) => {
      bytes += piece.byteLength;
      onBytes(bytes);
      out.enqueue(piece);
    },
  });
  return new Response(response.body.pipeThrough(counting), { headers: response.headers }).blob();
}

export const api = {
  get: <T>(path: string, options?: CallOptions) => call<T>("GET", path, options),
  post: <T>(path: string, body?: unknown, options?: CallOptions) => call<T>("POST", path, { ...options, body }),
  put: <T>(path: string, body?: unknown, options?: CallOptions) => call<T>("PUT", path, { ...options, body }),
  patch: <T>(path: string, body?: unknown, options?: CallOptions) => call<T>("PATCH", path, { ...options, body }),
  delete: <T = void>(path: string, options?: CallOptions) => call<T>("DELETE", path, options),
  /** Answers a text such as a rendered page instead of JSON. */
  postForText: async (path: string, body: unknown, options?: CallOptions) => (await answerOf("POST", path, { ...options, body })).text(),
  /** Answers a file, with the name that the server gives it. */
  postForFile: async (path: string, body: unknown, options?: CallOptions, onBytes?: (bytes: number) => void): Promise<{ file: Blob; name: string }> => {
    const response = await answerOf("POST", path, { ...options, body });
    return { file: await fileOf(response, onBytes), name: fileNameOf(response.headers.get("content-disposition")) };
  },
  /** Sends a file as the form part that the API expects. */
  upload: <T>(path: string, file: File, options?: CallOptions) => {
    const form = new FormData();
    form.set("file", file);
    return call<T>("POST", path, { timeoutMs: UPLOAD_TIMEOUT_MS, ...options, body: form });
  },
  /** One page of a list. */
  page: <T>(path: string, cursor: string | null, options?: CallOptions) =>
    call<Page<T>>("GET", path, { ...options, query: { ...options?.query, cursor } }),
};

/** Who is signed in; also refreshes the token that changes carry. */
export async function readSession(signal?: AbortSignal): Promise<Session> {
  const session = await call<Session>("GET", "/session", signal ? { signal } : {});
  rememberSession(session);
  return session;
}
