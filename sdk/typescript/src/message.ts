/** Requests and answers, apart from any framework; and the checks that need no body. */
import type { Body } from "./bytes.js";
import { refuse, type Refusal, type RefusalCode } from "./errors.js";
import { trim, type HeadersInput, type HeaderView } from "./headers.js";
import { RETRY_AFTER } from "./outcome.js";

export interface IncomingRequest {
  readonly method: string;
  readonly headers: HeadersInput;
  /** The bytes, or a function that reads them once the headers are found good. */
  readonly body: Body | BodyReader;
}

/** Reads at most `limit` bytes. It may reject: the request is then answered 503. */
export type BodyReader = (limit: number) => Promise<Uint8Array | BodyProblem>;

/** `consumed`: something else has read the body, and parsed or dropped it. */
export type BodyProblem = "too_large" | "consumed";

export interface OutgoingResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type ErrorWord =
  | "unreadable_payload" | "unauthorized" | "method_not_allowed" | "gone" | "body_too_large"
  | "unsupported_media_type" | "handler_failed" | "not_configured" | "try_again";

const STATUS: Readonly<Record<ErrorWord, number>> = {
  unreadable_payload: 400,
  unauthorized: 401,
  method_not_allowed: 405,
  gone: 410,
  body_too_large: 413,
  unsupported_media_type: 415,
  handler_failed: 500,
  not_configured: 500,
  try_again: 503,
};

/** What the wire shows of a refusal: as little as the sender can act on. */
const WORDS: Readonly<Record<RefusalCode, ErrorWord>> = {
  missing_header: "unauthorized",
  malformed_header: "unauthorized",
  no_matching_signature: "unauthorized",
  timestamp_too_old: "unauthorized",
  timestamp_too_new: "unauthorized",
  body_too_large: "body_too_large",
  unsupported_content_encoding: "unsupported_media_type",
  unsupported_media_type: "unsupported_media_type",
  method_not_allowed: "method_not_allowed",
  no_secret: "not_configured",
  invalid_payload: "unreadable_payload",
};

export function received(duplicate = false): OutgoingResponse {
  return answer(200, duplicate ? { received: true, duplicate: true } : { received: true });
}

export function failed(error: ErrorWord, headers: Record<string, string> = {}): OutgoingResponse {
  return answer(STATUS[error], { error }, headers);
}

export function tryAgain(afterSeconds: number = RETRY_AFTER): OutgoingResponse {
  return failed("try_again", { "Retry-After": String(afterSeconds) });
}

export function refused(code: RefusalCode): OutgoingResponse {
  const word = WORDS[code];
  return failed(word, word === "method_not_allowed" ? { Allow: "POST" } : {});
}

function answer(
  status: number, body: object, headers: Record<string, string> = {},
): OutgoingResponse {
  const all = { "Content-Type": "application/json", ...headers };
  return { status, headers: all, body: JSON.stringify(body) };
}

/** What is wrong before a byte of the body is read. */
export function checkHead(
  method: string, headers: HeaderView, maxBody: number,
): Refusal | undefined {
  if (method !== "POST") {
    return refuse("method_not_allowed", "", "only POST is allowed");
  }
  const codings = headers.all("content-encoding");
  if (codings.some((each) => !["", "identity"].includes(each.toLowerCase()))) {
    return refuse("unsupported_content_encoding", "Content-Encoding", "the body is compressed");
  }
  const types = headers.all("content-type");
  if (types.length !== 1 || !isJson(types[0]!)) {
    return refuse("unsupported_media_type", "Content-Type", "the body is not declared as JSON");
  }
  if (headers.all("content-length").some((length) => Number(length) > maxBody)) {
    return refuse("body_too_large", "Content-Length", `the body has more than ${maxBody} bytes`);
  }
  return undefined;
}

function isJson(contentType: string): boolean {
  const media = trim(contentType.split(";", 1)[0]!).toLowerCase();
  return /^application\/([!#$%&'*+.^_`|~0-9a-z-]+\+)?json$/.test(media);
}
