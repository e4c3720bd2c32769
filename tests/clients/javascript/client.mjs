// A client of the gateway, written from its contract and from nothing of the gateway's own code: it
// has no dependency and needs node 18. It behaves as the published TypeScript SDK is documented to,
// down to its oddities, because that SDK is what customers bring.
import { FrameReader } from "./sse.mjs";

/** Presets and the default list are the client's: the wire only knows server ids. */
const PRESETS = {
  brazilian: ["zoop", "nuvem-fiscal", "melhor-envio", "z-api", "omie"],
  mexican: ["conekta", "facturapi", "skydropx"],
  argentinian: ["afip", "andreani"],
  colombian: ["wompi", "siigo", "coordinadora"],
  all: ["zoop", "nuvem-fiscal", "melhor-envio", "z-api", "omie", "conekta", "facturapi", "afip",
    "wompi"],
};
const DEFAULT_SERVERS = ["zoop", "nuvem-fiscal"];

export class ApiError extends Error {
  /** @param {number} status 0 when no answer came */
  constructor(message, status, code, body) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.body = body;
  }
}

/** Not an answer in time: the whole call, or a stream that was silent. */
export class TimeoutError extends Error {
  constructor(operation, ms) {
    super(`${operation}: no answer within ${ms} ms`);
    this.name = "TimeoutError";
  }
}

export class Client {
  #config;

  /**
   * @param {{apiKey: string, baseUrl: string, projectId?: string, timeout?: number,
   *          streamIdleTimeout?: number, fetch?: typeof fetch}} config
   */
  constructor(config) {
    if (!config.apiKey?.startsWith("csk_")) throw new Error("apiKey must start with csk_");
    this.#config = { timeout: 60_000, streamIdleTimeout: 60_000, fetch: globalThis.fetch, ...config };
  }

  /**
   * `metadata` is accepted and, as in the SDK, not sent.
   * @param {string} userId
   * @param {{servers?: string[], preset?: string, mocks?: object, projectId?: string,
   *          metadata?: Record<string, string>}} [config]
   */
  async create(userId, config = {}) {
    const servers = config.servers ?? PRESETS[config.preset] ?? DEFAULT_SERVERS;
    const body = { servers, user_id: userId };
    if (config.mocks !== undefined) body.mocks = config.mocks;
    const wire = new Wire(this.#config, config.projectId ?? this.#config.projectId);
    return new Session(wire, await wire.json("createSession", "POST", "/v1/sessions", body));
  }
}

/** Requests of one session: address, headers, time limits, and what a refusal means. */
class Wire {
  constructor(config, projectId) {
    this.config = config;
    this.projectId = projectId;
  }

  headers(more) {
    const headers = {
      Authorization: `Bearer ${this.config.apiKey}`,
      "Content-Type": "application/json", // on GET and DELETE as well
      ...more,
    };
    if (this.projectId) headers["x-codespar-project"] = this.projectId;
    return headers;
  }

  /** The answer and its text, whatever the status. The limit covers the body. */
  async exchange(operation, method, path, body, more) {
    const signal = AbortSignal.timeout(this.config.timeout);
    try {
      // The address is not mended: a slash at its end gives two, as in the SDK.
      const response = await this.config.fetch(this.config.baseUrl + path, {
        method,
        headers: this.headers(more),
        body: body === undefined ? undefined : JSON.stringify(body),
        signal,
      });
      return { status: response.status, ok: response.ok, text: await response.text() };
    } catch (error) {
      if (signal.aborted) throw new TimeoutError(operation, this.config.timeout);
      throw new ApiError(`${operation} failed: ${error.cause?.code ?? error.message}`, 0);
    }
  }

  async json(operation, method, path, body, more) {
    const answer = await this.exchange(operation, method, path, body, more);
    if (!answer.ok) throw refusal(operation, answer.status, answer.text);
    return JSON.parse(answer.text);
  }

  /** Frames with data, in order; time runs from one whole frame, comments included, to the next. */
  async *frames(operation, method, path, body) {
    const aborter = new AbortController();
    const idle = new Countdown(this.config.streamIdleTimeout, () => aborter.abort());
    try {
      const response = await this.config.fetch(this.config.baseUrl + path, {
        method,
        headers: this.headers({ Accept: "text/event-stream" }),
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: aborter.signal,
      });
      if (!response.ok) throw refusal(operation, response.status, await response.text());
      const reader = new FrameReader();
      const decoder = new TextDecoder();
      for await (const piece of response.body) {
        for (const frame of reader.push(decoder.decode(piece, { stream: true }))) {
          idle.restart();
          if (frame.data !== undefined) yield frame;
        }
      }
    } catch (error) {
      if (idle.ended) throw new TimeoutError(operation, this.config.streamIdleTimeout);
      if (error instanceof ApiError) throw error;
      throw new ApiError(`${operation} failed: ${error.cause?.code ?? error.message}`, 0);
    } finally {
      idle.stop();
      aborter.abort(); // whoever stops reading early closes the connection
    }
  }
}

class Countdown {
  #timer;

  constructor(ms, end) {
    this.ended = false;
    this.ms = ms;
    this.end = end;
    this.restart();
  }

  restart() {
    clearTimeout(this.#timer);
    // tidy:allow(test-sleep) a time limit of the client, not a wait
    this.#timer = setTimeout(() => { this.ended = true; this.end(); }, this.ms);
  }

  stop() {
    clearTimeout(this.#timer);
  }
}

/** A nested {error: {code, message}} has no code here, as in the SDK. */
function refusal(operation, status, text) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const word = (name) => (typeof body?.[name] === "string" ? body[name] : undefined);
  const code = word("code") ?? word("error");
  return new ApiError(`${operation} failed: ${status} — ${word("message") ?? code ?? text}`,
    status, code, body ?? text);
}

export class Session {
  #wire;
  #connections;

  constructor(wire, row) {
    this.#wire = wire;
    this.id = row.id;
    this.userId = row.user_id;
    this.servers = row.servers;
    this.status = row.status;
    this.createdAt = new Date(row.created_at);
  }

  #path(rest) {
    return `/v1/sessions/${this.id}${rest}`;
  }

  /**
   * Throws only when no answer came: an HTTP refusal is a result that did not succeed.
   * @param {{idempotencyKey?: string}} [options] the SDK sends no key; the gateway takes one
   */
  async execute(tool, input, options = {}) {
    const started = Date.now();
    const more = options.idempotencyKey ? { "Idempotency-Key": options.idempotencyKey } : {};
    const answer = await this.#wire.exchange("execute", "POST", this.#path("/execute"),
      { tool, input }, more);
    if (answer.ok) return JSON.parse(answer.text);
    return {
      success: false, data: null, error: `${answer.status}: ${answer.text}`,
      duration: Date.now() - started, server: "", tool,
    };
  }

  /** @param {{server: string, endpoint: string, method: string, body?: any, params?: object,
   *           headers?: object}} request members that are undefined are not sent */
  proxyExecute(request) {
    return this.#wire.json("proxyExecute", "POST", this.#path("/proxy_execute"), request);
  }

  /** @returns {Promise<{message: string, tool_calls: object[], iterations: number}>} */
  send(message) {
    return this.#wire.json("send", "POST", this.#path("/send"), { message },
      { Accept: "application/json" });
  }

  /** Events as {type, …}, ending with "done" or "error"; names it does not know are dropped. */
  async *sendStream(message) {
    for await (const { event, data } of
      this.#wire.frames("sendStream", "POST", this.#path("/send"), { message })) {
      switch (event) {
        case "user_message": yield { type: event, content: data.content }; break;
        case "assistant_text":
          yield { type: event, content: data.content, iteration: data.iteration };
          break;
        case "tool_use":
          yield { type: event, id: data.id, name: data.name, input: data.input };
          break;
        case "tool_result": yield { type: event, toolCall: data }; break;
        case "done": yield { type: event, result: data }; return;
        case "error": yield { type: event, error: data.error, message: data.message }; return;
      }
    }
  }

  /** The servers. A failure leaves the list that is known: this never throws. */
  async connections() {
    try {
      this.#connections = await this.#wire.json("connections", "GET", this.#path("/connections"));
    } catch {
      this.#connections ??= { servers: [], tools: [] };
    }
    return this.#connections.servers;
  }

  /** Asked for once, then remembered. */
  async tools() {
    if (!this.#connections) await this.connections();
    return this.#connections.tools;
  }

  async findTools(text) {
    const wanted = text.toLowerCase();
    return (await this.tools()).filter(
      (tool) => `${tool.name} ${tool.description}`.toLowerCase().includes(wanted));
  }

  paymentStatus(toolCallId) {
    return this.#wire.json("paymentStatus", "GET", `/v1/tool-calls/${toolCallId}/payment-status`);
  }

  verificationStatus(toolCallId) {
    return this.#wire.json("verificationStatus", "GET",
      `/v1/tool-calls/${toolCallId}/verification-status`);
  }

  /** Resolves with the last state the stream told. @param {(state: object) => void} [onUpdate] */
  paymentStatusStream(toolCallId, onUpdate) {
    return this.#follow("paymentStatusStream",
      `/v1/tool-calls/${toolCallId}/payment-status/stream`, onUpdate);
  }

  verificationStatusStream(toolCallId, onUpdate) {
    return this.#follow("verificationStatusStream",
      `/v1/tool-calls/${toolCallId}/verification-status/stream`, onUpdate);
  }

  async #follow(operation, path, onUpdate) {
    let last;
    for await (const { event, data } of this.#wire.frames(operation, "GET", path)) {
      if (event === "done") break;
      if (event !== "snapshot" && event !== "update") continue;
      last = data;
      onUpdate?.(data);
    }
    if (last === undefined) throw new ApiError(`${operation} closed without a snapshot`, 0);
    return last;
  }

  loop(config) {
    return loop(this, config);
  }

  /** Never throws: a session that could not be closed does no harm. */
  async close() {
    try {
      await this.#wire.exchange("close", "DELETE", this.#path(""));
    } catch {
      // as in the SDK
    }
    this.status = "closed";
  }
}

/**
 * The deterministic loop: it runs here, the gateway sees each attempt as one execute.
 * @param {{execute: Function}} session
 * @param {{steps: object[], abortOnError?: boolean, onStepComplete?: Function,
 *          onStepError?: Function, wait?: (ms: number) => Promise<void>,
 *          retryPolicy?: {maxRetries?: number, backoff?: string, baseDelay?: number}}} config
 */
export async function loop(session, config) {
  const { steps, abortOnError = true } = config;
  const started = Date.now();
  const results = [];
  const finish = (success) => ({
    success,
    results,
    duration: Date.now() - started,
    completedSteps: results.filter((result) => result.success).length,
    totalSteps: steps.length,
  });

  for (const [index, step] of steps.entries()) {
    if (step.when && !step.when(results)) continue;
    const params = typeof step.params === "function" ? step.params(results) : step.params;
    const { result, error } = await attemptAll(session, step.tool, params, config);
    if (error) config.onStepError?.(step, error, index);
    if (result) results.push(result); // a step that got no answer leaves none
    if (!error) config.onStepComplete?.(step, result, index);
    if (error && abortOnError) return finish(false);
  }
  return finish(results.every((result) => result.success));
}

/** The last answer, if any attempt got one, and the last attempt's error. */
async function attemptAll(session, tool, params, { retryPolicy = {}, wait = pause }) {
  const { maxRetries = 0, backoff, baseDelay = 1000 } = retryPolicy;
  let result, error;
  for (let attempt = 0; attempt <= maxRetries; ++attempt) {
    if (attempt > 0) {
      const factor = backoff === "exponential" ? 2 ** (attempt - 1) : attempt;
      await wait(baseDelay * factor);
    }
    try {
      result = await session.execute(tool, params);
      if (result.success) return { result };
      error = new Error(result.error || "the tool failed");
    } catch (thrown) {
      error = thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  }
  return { result, error };
}

function pause(ms) {
  // tidy:allow(test-sleep) the loop's own delay; tests bring their own
  return new Promise((resolve) => setTimeout(resolve, ms));
}
