// The client against a gateway that answers by a script: node --test client.test.mjs
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import http from "node:http";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ApiError, Client, TimeoutError, loop } from "./client.mjs";
import { FrameReader, parseFrame } from "./sse.mjs";

const KEY = "csk_test_theKeyThatMustNeverLeak";
const servers = [];
after(() => servers.forEach((server) => { server.closeAllConnections(); server.close(); }));

/**
 * `answer(call, response)` returns [status, body]; undefined for the default; or null when it wrote
 * the response itself, or when there shall be none.
 */
async function fakeGateway(answer) {
  const calls = [];
  const server = http.createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const call = { line: `${request.method} ${request.url}`, headers: request.headers, body };
    calls.push(call);
    let reply = answer(call, response);
    if (reply === undefined) reply = [201, { id: "ses_1", status: "active" }];
    if (!reply) return;
    response.writeHead(reply[0], { "Content-Type": "application/json" });
    response.end(typeof reply[1] === "string" ? reply[1] : JSON.stringify(reply[1]));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  const baseUrl = `http://127.0.0.1:${server.address().port}`;
  return { calls, baseUrl, client: (more) => new Client({ baseUrl, apiKey: KEY, ...more }) };
}

/** A session whose requests after the creation get `answer`. */
async function sessionWith(answer, config) {
  const gateway = await fakeGateway((call, response) =>
    call.line === "POST /v1/sessions" ? undefined : answer(call, response));
  const session = await gateway.client(config).create("user_1");
  gateway.calls.length = 0;
  return { session, calls: gateway.calls };
}

/** An answer that writes these pieces, and ends unless `open`. */
const stream = (pieces, { open = false } = {}) => (_call, response) => {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  for (const piece of pieces) response.write(piece);
  if (!open) response.end();
  return null;
};

const collect = async (iterable) => {
  const all = [];
  for await (const element of iterable) all.push(element);
  return all;
};

describe("frames", () => {
  const text = ": heartbeat 1\n\nevent: update\ndata: {\"a\":1}\n\ndata: {\"b\":\ndata: 2}\n\nrest";

  it("come whole however the text is cut", () => {
    for (let size = 1; size <= text.length; ++size) {
      const reader = new FrameReader();
      const frames = [];
      for (let at = 0; at < text.length; at += size) {
        frames.push(...reader.push(text.slice(at, at + size)));
      }
      assert.deepEqual(frames, [
        { event: "message", data: undefined, comment: true },
        { event: "update", data: { a: 1 }, comment: false },
        { event: "message", data: { b: 2 }, comment: false },
      ], `pieces of ${size}`);
      assert.equal(reader.rest, "rest");
    }
  });

  it("end in two line feeds, not in carriage returns", () => {
    assert.deepEqual(new FrameReader().push("data: {}\r\n\r\n"), []);
  });

  it("without data or with broken data hold nothing", () => {
    assert.equal(parseFrame("event: update").data, undefined);
    assert.equal(parseFrame("data: {").data, undefined);
  });
});

describe("create", () => {
  it("sends servers and user_id and nothing else", async () => {
    const { client, calls } = await fakeGateway(() => undefined);
    await client().create("u", { servers: [], metadata: { a: "b" } });
    await client().create("u");
    await client().create("u", { preset: "mexican", mocks: { "a/b": {} } });
    assert.deepEqual(calls.map((call) => call.body), [
      '{"servers":[],"user_id":"u"}',
      '{"servers":["zoop","nuvem-fiscal"],"user_id":"u"}',
      '{"servers":["conekta","facturapi","skydropx"],"user_id":"u","mocks":{"a/b":{}}}',
    ]);
    assert.equal(calls[0].headers.authorization, `Bearer ${KEY}`);
    assert.equal(calls[0].headers["content-type"], "application/json");
    assert.equal(calls[0].headers["x-codespar-project"], undefined);
  });

  it("prefers the session's project", async () => {
    const { client, calls } = await fakeGateway(() => undefined);
    await client({ projectId: "prj_a" }).create("u", { projectId: "prj_b" });
    assert.equal(calls[0].headers["x-codespar-project"], "prj_b");
  });

  it("does not mend a slash at the end of the address", async () => {
    const { client, calls, baseUrl } = await fakeGateway(() => [201, { id: "ses_1" }]);
    await client({ baseUrl: `${baseUrl}/` }).create("u");
    assert.equal(calls[0].line, "POST //v1/sessions");
  });

  it("refuses a key that is none", () => {
    assert.throws(() => new Client({ apiKey: "sk_1", baseUrl: "http://h" }), /csk_/);
  });
});

describe("errors", () => {
  const cases = [
    [{ error: "e", message: "m" }, "createSession failed: 400 — m", "e"],
    [{ error: "e", code: "c" }, "createSession failed: 400 — c", "c"],
    [{ error: { code: "c", message: "m" } },
      'createSession failed: 400 — {"error":{"code":"c","message":"m"}}', undefined],
    ["<html>", "createSession failed: 400 — <html>", undefined],
  ];
  for (const [body, message, code] of cases) {
    it(`reads ${JSON.stringify(body)}`, async () => {
      const { client } = await fakeGateway(() => [400, body]);
      await assert.rejects(client().create("u"), (error) => {
        assert.ok(error instanceof ApiError);
        assert.deepEqual([error.message, error.code, error.status], [message, code, 400]);
        return true;
      });
    });
  }

  it("have status 0 when nobody listens, and do not name the key", async () => {
    const client = new Client({ baseUrl: "http://127.0.0.1:1", apiKey: KEY });
    await assert.rejects(client.create("u"), (error) =>
      error.status === 0 && !error.message.includes(KEY));
  });

  it("are of their own kind when the gateway is silent", async () => {
    const { session } = await sessionWith(() => null, { timeout: 50 });
    await assert.rejects(session.execute("a", {}), TimeoutError);
  });
});

describe("execute", () => {
  it("hands the gateway's result on as it is", async () => {
    const row = { success: true, data: { n: 1 }, error: null, duration: 3, server: "s", tool: "t",
      tool_call_id: "tc_1", called_at: "2026-04-22T14:30:00.000Z" };
    const { session, calls } = await sessionWith(() => [200, row]);
    assert.deepEqual(await session.execute("t", { x: 1 }), row);
    assert.equal(calls[0].line, "POST /v1/sessions/ses_1/execute");
    assert.equal(calls[0].body, '{"tool":"t","input":{"x":1}}');
    assert.equal(calls[0].headers["idempotency-key"], undefined);
    await session.execute("t", {}, { idempotencyKey: "k" });
    assert.equal(calls[1].headers["idempotency-key"], "k");
  });

  it("throws on no HTTP status", async () => {
    for (const status of [400, 404, 409, 422, 500, 503]) {
      const { session } = await sessionWith(() => [status, '{"error":"e"}']);
      const result = await session.execute("t", {});
      assert.equal(result.error, `${status}: {"error":"e"}`);
      assert.deepEqual([result.success, result.data, result.server, result.tool],
        [false, null, "", "t"]);
    }
  });
});

describe("the other routes", () => {
  it("proxyExecute leaves out what is undefined", async () => {
    const { session, calls } = await sessionWith(() => [200, { status: 404 }]);
    const result = await session.proxyExecute(
      { server: "asaas", endpoint: "/x", method: "GET", body: undefined });
    assert.equal(result.status, 404);
    assert.equal(calls[0].body, '{"server":"asaas","endpoint":"/x","method":"GET"}');
  });

  it("connections keeps what it knows when the gateway fails", async () => {
    const answers = [
      [200, { servers: [{ id: "asaas", connected: true }],
        tools: [{ name: "asaas/create_payment", description: "A Pix charge" },
          { name: "codespar_ship", description: "Labels" }] }],
      [500, {}],
    ];
    const { session, calls } = await sessionWith(() => answers.shift());
    assert.equal((await session.connections()).length, 1);
    assert.deepEqual(await session.connections(), [{ id: "asaas", connected: true }]);
    assert.deepEqual((await session.findTools("PIX")).map((tool) => tool.name),
      ["asaas/create_payment"]);
    assert.equal(calls.length, 2);
  });

  it("connections is empty when the gateway never answered", async () => {
    const { session } = await sessionWith(() => [500, {}]);
    assert.deepEqual(await session.connections(), []);
  });

  it("close never throws", async () => {
    const { session, calls } = await sessionWith(() => [500, {}]);
    await session.close();
    assert.equal(calls[0].line, "DELETE /v1/sessions/ses_1");
    assert.equal(calls[0].headers["content-type"], "application/json");
    assert.equal(session.status, "closed");
  });
});

describe("sendStream", () => {
  it("dispatches on the event line, drops what it does not know, and ends at done", async () => {
    const { session, calls } = await sessionWith(stream([
      ": heartbeat 1\n\n",
      'event: user_message\ndata: {"type":"user_message","content":"oi"}\n\n',
      'event: later_kind\ndata: {}\n\nevent: assistant_text\ndata: {"content":"a","iteration":1}\n\n',
      'event: tool_use\ndata: {"id":"tc_7","name":"n","input":{}}\n\n',
      'event: tool_result\ndata: {"id":"tc_7","status":"success"}\n\n',
      'event: done\ndata: {"message":"m","tool_calls":[],"iterations":1}\n\n',
      'event: assistant_text\ndata: {"content":"too late"}\n\n']));
    assert.deepEqual(await collect(session.sendStream("oi")), [
      { type: "user_message", content: "oi" },
      { type: "assistant_text", content: "a", iteration: 1 },
      { type: "tool_use", id: "tc_7", name: "n", input: {} },
      { type: "tool_result", toolCall: { id: "tc_7", status: "success" } },
      { type: "done", result: { message: "m", tool_calls: [], iterations: 1 } },
    ]);
    assert.equal(calls[0].headers.accept, "text/event-stream");
  });

  it("keeps letters whole that were cut into bytes", async () => {
    const bytes = Buffer.from('event: user_message\ndata: {"content":"ação 🚚"}\n\n');
    const pieces = [...bytes].map((byte) => Buffer.from([byte]));
    const { session } = await sessionWith(stream(pieces));
    assert.equal((await collect(session.sendStream("x")))[0].content, "ação 🚚");
  });

  it("reads a refusal as JSON", async () => {
    const { session } = await sessionWith(() => [503, { error: "not_configured" }]);
    await assert.rejects(collect(session.sendStream("x")),
      /sendStream failed: 503 — not_configured/);
  });

  it("gives up on a stream without frames, whatever bytes come", async () => {
    const { session } = await sessionWith(stream([": never a whole frame\n"], { open: true }),
      { streamIdleTimeout: 50 });
    await assert.rejects(collect(session.sendStream("x")), TimeoutError);
  });
});

describe("paymentStatusStream", () => {
  it("resolves with the last state, and does not wait for the end after done", async () => {
    const { session, calls } = await sessionWith(stream([
      'event: snapshot\ndata: {"payment_status":"pending"}\n\n: heartbeat 2\n\n',
      'event: update\ndata: {"payment_status":"succeeded"}\n\n',
      'event: done\ndata: {"reason":"terminal","payment_status":"succeeded"}\n\n',
    ], { open: true }));
    const seen = [];
    const last = await session.paymentStatusStream("tc_1", (s) => seen.push(s.payment_status));
    assert.deepEqual(last, { payment_status: "succeeded" });
    assert.deepEqual(seen, ["pending", "succeeded"]);
    assert.equal(calls[0].line, "GET /v1/tool-calls/tc_1/payment-status/stream");
  });

  it("rejects when it closes without a snapshot", async () => {
    const { session } = await sessionWith(stream([": heartbeat 1\n\n"]));
    await assert.rejects(session.paymentStatusStream("tc_1"), /without a snapshot/);
  });
});

/** Outcomes of attempts in order: "ok", "throw", or the error of a result. */
function scripted(...outcomes) {
  const sent = [];
  return { sent, async execute(tool, params) {
    sent.push([tool, params]);
    const outcome = outcomes.shift() ?? "ok";
    if (outcome === "throw") throw new Error("no answer");
    return { success: outcome === "ok", data: { id: `${tool}-1` },
      error: outcome === "ok" ? null : outcome, tool };
  } };
}

describe("loop", () => {
  const rows = [
    // outcomes, abortOnError, maxRetries → success, completed, results, waits
    [[], true, 0, true, 3, "a+b+c+", []],
    [["ok", "bad"], true, 0, false, 1, "a+b-", []],
    [["ok", "bad"], false, 0, false, 2, "a+b-c+", []],
    [["ok", "throw"], true, 0, false, 1, "a+", []],
    [["ok", "throw"], false, 0, true, 2, "a+c+", []],
    [["bad", "throw", "ok"], true, 2, true, 3, "a+b+c+", [1000, 2000]],
    [["bad", "throw"], true, 1, false, 0, "a-", [1000]],
    [["throw", "throw"], true, 1, false, 0, "", [1000]],
  ];
  for (const [outcomes, abortOnError, maxRetries, success, completed, results, delays] of rows) {
    it(`${outcomes.join(",") || "all good"}; abort ${abortOnError}; ${maxRetries} retries`,
      async () => {
        const waits = [];
        const result = await loop(scripted(...outcomes), {
          steps: ["a", "b", "c"].map((tool) => ({ tool, params: {} })),
          abortOnError, retryPolicy: { maxRetries }, wait: async (ms) => { waits.push(ms); },
        });
        const text = result.results.map((r) => r.tool + (r.success ? "+" : "-")).join("");
        assert.deepEqual([result.success, result.completedSteps, text, waits],
          [success, completed, results, delays]);
        assert.equal(result.totalSteps, 3);
      });
  }

  it("doubles the wait when it is exponential", async () => {
    const waits = [];
    await loop(scripted("x", "x", "x", "x"), {
      steps: [{ tool: "a" }],
      retryPolicy: { maxRetries: 3, backoff: "exponential", baseDelay: 50 },
      wait: async (ms) => { waits.push(ms); },
    });
    assert.deepEqual(waits, [50, 100, 200]);
  });

  it("makes params once per step, skips by when, and calls back", async () => {
    const session = scripted("ok", "bad", "ok");
    const heard = [];
    let made = 0;
    const result = await loop(session, {
      steps: [
        { tool: "skipped", params: {}, when: () => false },
        { tool: "create", params: { name: "Maria" } },
        { tool: "charge", params: (previous) => { ++made; return { ref: previous[0].data.id }; } },
      ],
      retryPolicy: { maxRetries: 1 },
      wait: async () => {},
      onStepComplete: (step, done, index) => heard.push([step.tool, done.tool, index]),
    });
    assert.equal(made, 1);
    assert.deepEqual(session.sent, [["create", { name: "Maria" }],
      ["charge", { ref: "create-1" }], ["charge", { ref: "create-1" }]]);
    assert.deepEqual(heard, [["create", "create", 1], ["charge", "charge", 2]]);
    assert.deepEqual([result.success, result.completedSteps, result.totalSteps], [true, 2, 3]);
  });

  it("tells the error of a failed step, and of a thrown one", async () => {
    const heard = [];
    await loop(scripted("bad", "throw"), {
      steps: [{ tool: "a" }, { tool: "b" }], abortOnError: false,
      onStepError: (step, error, index) => heard.push([step.tool, error.message, index]),
    });
    assert.deepEqual(heard, [["a", "bad", 0], ["b", "no answer", 1]]);
  });

  it("rejects when the caller's own function throws", async () => {
    await assert.rejects(loop(scripted(), {
      steps: [{ tool: "a", params: (previous) => previous[1].data }], abortOnError: false,
    }), TypeError);
  });
});

describe("run_cookbook.mjs", () => {
  const program = fileURLToPath(new URL("run_cookbook.mjs", import.meta.url));
  const payload = JSON.stringify({ amount: 150.35, items: [{ sku: "a" }],
    customer: { cpf: "1", phone: "5511" }, shipping: { cep: "01310100", weight: 1 } });
  const outputs = {
    codespar_invoice: { pdf_url: "https://nfe.test/1.pdf" },
    codespar_ship: { tracking_code: "BR1" },
    codespar_notify: {},
  };
  const answer = ({ line, body }) => {
    if (!line.endsWith("/execute")) return line.startsWith("DELETE") ? [200, {}] : undefined;
    const { tool } = JSON.parse(body);
    return [200, { success: true, data: outputs[tool], error: null, tool }];
  };

  it("prints the results of the three steps", async () => {
    const { baseUrl, calls } = await fakeGateway(answer);
    const { stdout } = await promisify(execFile)(process.execPath,
      [program, baseUrl, KEY, payload]);
    const result = JSON.parse(stdout);
    assert.deepEqual([result.success, result.completedSteps, result.errors], [true, 3, []]);
    assert.deepEqual(JSON.parse(calls[3].body).input.variables,
      { tracking: "BR1", nfe_url: "https://nfe.test/1.pdf" });
    assert.equal(calls[4].line, "DELETE /v1/sessions/ses_1");
  });

  it("fails and closes the session when a step cannot go on", async () => {
    const { baseUrl, calls } = await fakeGateway((call) =>
      call.line.endsWith("/execute") ? [200, { success: false, data: null, error: "x" }]
        : answer(call));
    await assert.rejects(promisify(execFile)(process.execPath, [program, baseUrl, KEY, payload]),
      (error) => error.code === 1 && /TypeError/.test(error.stderr));
    assert.equal(calls.at(-1).line, "DELETE /v1/sessions/ses_1");
  });
});
