// One place that talks to the gateway: the session's cookie, the CSRF token, the project, errors.
import { note_server_time } from "../base/time";
import { current_project, session, signed_out } from "./session";

export interface Issue {
  path: string;
  message: string;
}

/** What the gateway refused, or why it could not be reached (`status` 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly issues: Issue[] = [],
    readonly request_id = "",
    /** The answer's body, where it was JSON. */
    readonly body: unknown = undefined,
  ) {
    super(message);
  }
}

type Query = Record<string, string | number | boolean | null | undefined>;

export interface CallOptions {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
  /** Repeating a request with the same key does nothing twice. */
  idempotency_key?: string;
}

export function url_of(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(
    ([, value]) => value !== "" && value !== null && value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? path : `${path}?${text}`;
}

function headers_of(method: string, options: CallOptions): Record<string, string> {
  const headers: Record<string, string> = { accept: "application/json" };
  const project = current_project.get();
  if (project !== "") headers["x-codespar-project"] = project;
  if (options.body !== undefined) headers["content-type"] = "application/json";
  if (options.idempotency_key) headers["idempotency-key"] = options.idempotency_key;
  const token = session.get()?.csrf_token;
  if (method !== "GET" && token) headers["x-csrf-token"] = token;
  return headers;
}

function error_of(response: Response, text: string): ApiError {
  try {
    const body = JSON.parse(text) as {
      code?: string; message?: string; issues?: Issue[]; request_id?: string;
    };
    return new ApiError(response.status, body.code ?? "error", body.message ?? text,
      body.issues ?? [], body.request_id ?? "", body);
  } catch {
    return new ApiError(response.status, "error", text.slice(0, 200) || response.statusText);
  }
}

/** Calls the API and gives the answer's text. Throws ApiError; a lost session also signs out. */
export async function call_text(
  method: string, path: string, options: CallOptions = {},
): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url_of(path, options.query), {
      method,
      headers: headers_of(method, options),
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ?? null,
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", String(error));
  }
  note_server_time(response.headers.get("date"));
  const text = await response.text();
  if (response.ok) return text;
  if (response.status === 401 && session.get() !== null) signed_out();
  throw error_of(response, text);
}

export async function call<T>(
  method: string, path: string, options: CallOptions = {},
): Promise<T> {
  const text = await call_text(method, path, options);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

export const get = <T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> =>
  call<T>("GET", path, signal ? { query, signal } : { query });

/** A key of its own for a request that must not be done twice. */
export function fresh_key(): string {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return `console-${[...random].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
