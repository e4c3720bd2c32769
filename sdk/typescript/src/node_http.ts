/** What Node's adapters share: a request read within its limit, and an answer written once. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { wireText } from "./headers.js";
import type { BodyProblem, OutgoingResponse } from "./message.js";
import type { ReceiverOptions } from "./options.js";
import { Receiver } from "./receiver.js";

/** Never rejects. The rest, Express's `next`, is of no use: every request gets its answer here. */
export type NodeHandler = (
  request: IncomingMessage, response: ServerResponse, ...rest: any[]
) => Promise<void>;

export function nodeHandler(options: ReceiverOptions | Receiver): NodeHandler {
  const receiver = options instanceof Receiver ? options : new Receiver(options);
  return async (request, response) => {
    // A request or connection that breaks while nobody else listens would end the process.
    request.on("error", ignore);
    response.on("error", ignore);
    const answer = await receiver.handle({
      method: request.method ?? "",
      headers: readHeaders(request),
      body: (limit) => readBody(request, limit),
    });
    try {
      write(request, response, answer);
    } catch {
      response.destroy(); // the sender is gone, or something else has answered
    }
  };
}

function ignore(): void {}

/** As they came, pair by pair, so that a header that came twice is seen. */
function readHeaders(request: IncomingMessage): Iterable<readonly [string, string]> {
  const raw = request.rawHeaders ?? [];
  if (raw.length === 0) return recordPairs(request.headers);
  const pairs: Array<[string, string]> = [];
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([raw[i]!, wireText(raw[i + 1]!)]);
  return pairs;
}

/** For wrappers that imitate a request and have no raw headers. */
function recordPairs(headers: IncomingMessage["headers"]): Array<[string, string]> {
  return Object.entries(headers ?? {}).flatMap(([name, value]) =>
    [value ?? []].flat().map((each): [string, string] => [name, wireText(each)]));
}

/** What frameworks hang on a request. */
interface WithBody {
  readonly rawBody?: unknown;
  readonly body?: unknown;
}

async function readBody(
  request: IncomingMessage & WithBody, limit: number,
): Promise<Uint8Array | BodyProblem> {
  const { rawBody } = request;
  if (rawBody instanceof Uint8Array) return rawBody; // some cloud runtimes, Nest
  const parsed = ownBody(request);
  if (parsed instanceof Uint8Array) return parsed; // express.raw()
  if (isRead(request) || !isEmpty(parsed)) return "consumed";
  return readStream(request, limit);
}

/** A getter on `body` has read nothing yet, and may throw: it is left alone. */
function ownBody(request: object): unknown {
  return Object.getOwnPropertyDescriptor(request, "body")?.value;
}

function isRead(request: IncomingMessage): boolean {
  return request.readableEnded || request.readableDidRead;
}

/** Express 4's parsers leave `{}` on requests that they do not read. */
function isEmpty(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return body === undefined || body === null;
  return !Array.isArray(body) && Object.keys(body).length === 0;
}

function readStream(request: IncomingMessage, limit: number): Promise<Uint8Array | BodyProblem> {
  return new Promise((resolve, reject) => {
    if (request.destroyed) return reject(new Error("the request broke off"));
    const chunks: Uint8Array[] = [];
    let size = 0;
    const onData = (chunk: Uint8Array | string): void => {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      size += bytes.length;
      if (size > limit) return finish(() => resolve("too_large"));
      chunks.push(bytes);
    };
    const onEnd = (): void => finish(() => resolve(Buffer.concat(chunks)));
    const onBreak = (): void => finish(() => reject(new Error("the request broke off")));
    const finish = (settle: () => void): void => {
      request.off("data", onData).off("end", onEnd).off("close", onBreak).off("error", onBreak);
      request.pause();
      settle();
    };
    request.on("data", onData).on("end", onEnd).on("close", onBreak).on("error", onBreak);
  });
}

function write(
  request: IncomingMessage, response: ServerResponse, answer: OutgoingResponse,
): void {
  if (response.headersSent || response.writableEnded || response.destroyed) return;
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.setHeader("Content-Length", Buffer.byteLength(answer.body));
  if (request.complete !== false) {
    response.end(answer.body);
    return;
  }
  response.setHeader("Connection", "close");
  response.write(answer.body);
  linger(request, () => response.end());
}

const LINGER_BYTES = 8 * 1024 * 1024;
const LINGER_MS = 1000;

/**
 * Closing at once would reset a connection on which the sender is still writing, often before it
 * has read the answer. So what it writes is thrown away, for a moment.
 */
function linger(request: IncomingMessage, close: () => void): void {
  let size = 0;
  const onData = (chunk: Uint8Array): void => {
    size += chunk.length;
    if (size > LINGER_BYTES) stop();
  };
  const stop = (): void => {
    clearTimeout(timer);
    request.off("data", onData).off("end", stop).off("close", stop);
    close();
  };
  const timer = setTimeout(stop, LINGER_MS);
  request.on("data", onData).on("end", stop).on("close", stop).resume();
}
