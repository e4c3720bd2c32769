// Every adapter over real HTTP: the same genuine and hostile requests, the same answers.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import express from "express";
import express4 from "express4";
import { Hono } from "hono";
import { createWebhookHandler as forFetch } from "@malote/receiver/fetch";
import { createWebhookHandler as forHono } from "@malote/receiver/hono";
import { createWebhookHandler as forExpress } from "@malote/receiver/express";
import { createWebhookHandler as forNode } from "@malote/receiver/node";
import { createWebhookHandler as forPages } from "@malote/receiver/next-pages";
import { memoryStore } from "@malote/receiver";
import {
  deferred, eventBody, listen, listenFetch, receiverOf, send, sendRaw, signed,
} from "./harness.mjs";
import { asAppRouter, asPagesApi } from "./next.mjs";

const MEBIBYTE = 1024 * 1024;

/** Each takes a test and a receiver, and gives a port. */
const adapters = {
  node: (test, receiver) => listen(test, forNode(receiver)),
  express5: (test, receiver) => listen(test, express().all("/", forExpress(receiver))),
  express4: (test, receiver) => listen(test, express4().all("/", forExpress(receiver))),
  "express with raw()": (test, receiver) => listen(test, express()
    .all("/", express.raw({ type: () => true, limit: "2mb" }), forExpress(receiver))),
  "express in one type's parser": (test, receiver) => listen(test, express4()
    .use(express4.json({ type: "application/other" })).all("/", forExpress(receiver))),
  hono: (test, receiver) => listenFetch(test, new Hono().all("/", forHono(receiver)).fetch),
  fetch: (test, receiver) => listenFetch(test, forFetch(receiver)),
  "next app router": (test, receiver) => listenFetch(test, asAppRouter({
    POST: forFetch(receiver), GET: forFetch(receiver),
  })),
  "next pages": (test, receiver) => listen(test, asPagesApi({
    default: forPages(receiver), config: { api: { bodyParser: false } },
  })),
};

for (const [name, serve] of Object.entries(adapters)) {
  const withServer = (title, body, options) => test(`${name}: ${title}`, async (test) => {
    const seen = [];
    const receiver = receiverOf({ onUnhandled: (event) => void seen.push(event), ...options });
    await body(await serve(test, receiver), { seen, receiver });
  });

  withServer("a genuine event is handled, byte for byte", async (port, { seen }) => {
    const body = eventBody({ note: "ção 日本 😀", id: "é" });
    const answer = await send(port, { headers: await signed(body), body });
    assert.deepEqual([answer.status, answer.text], [200, '{"received":true}']);
    assert.match(answer.headers["content-type"], /^application\/json/);
    assert.equal(Buffer.from(seen[0].raw).toString(), body);
  });

  withServer("refusals have their answers", async (port, { seen }) => {
    const body = eventBody();
    const good = await signed(body);
    const json = ["Content-Type", "application/json"];
    const without = (name) => good.filter(([each]) => each !== name);
    const list = [
      [401, { headers: good, body: `${body} ` }],
      [401, { headers: without("webhook-signature"), body }],
      [401, { headers: [...without("webhook-signature"), ["webhook-signature", "v1,é"]], body }],
      [401, { headers: [...good, good.find(([each]) => each === "webhook-signature")], body }],
      [401, { headers: [json], body: "" }],
      [400, { headers: await signed("\ufeff{}"), body: "\ufeff{}" }],
      [400, { headers: await signed(Buffer.from([123, 255])), body: Buffer.from([123, 255]) }],
      [400, { headers: await signed("["), body: "[" }],
      [405, { method: "GET", headers: good }],
      [415, { headers: without("Content-Type"), body }],
      [415, { headers: [...without("Content-Type"), ["Content-Type", "text/plain"]], body }],
    ];
    for (const [status, request] of list) {
      const answer = await send(port, request);
      assert.equal(answer.status, status, JSON.stringify(request));
      assert.ok(!/stack|node_modules/.test(answer.text));
    }
    assert.deepEqual(seen, []);
  });

  withServer("a compressed body is refused unread", async (port, { seen }) => {
    const body = eventBody();
    const headers = [...await signed(body), ["Content-Encoding", "gzip"]];
    const { status } = await send(port, { headers, body });
    // express.raw() inflates before us, and says 400 itself to what is no gzip.
    assert.ok(status === 415 || (name === "express with raw()" && status === 400));
    assert.deepEqual(seen, []);
  });

  withServer("a body beyond the limit is 413, declared or not", async (port, { seen }) => {
    const body = JSON.stringify({ type: "a", note: "x".repeat(MEBIBYTE) });
    const headers = await signed(body);
    assert.equal((await send(port, { headers, body })).status, 413);
    const chunked = [...headers, ["Transfer-Encoding", "chunked"]];
    assert.equal((await send(port, { headers: chunked, body })).status, 413);
    assert.deepEqual(seen, []);
  });

  withServer("a body at the limit is taken", async (port, { seen }) => {
    const shell = JSON.stringify({ type: "a", note: "" }).length;
    const body = JSON.stringify({ type: "a", note: "x".repeat(MEBIBYTE - shell) });
    assert.equal((await send(port, { headers: await signed(body), body })).status, 200);
    assert.equal(seen[0].raw.length, MEBIBYTE);
  });

  withServer("a mebibyte of brackets is refused as unreadable", async (port) => {
    const body = "[".repeat(MEBIBYTE);
    assert.equal((await send(port, { headers: await signed(body), body })).status, 400);
  });

  withServer("a declared length beyond reason is refused at once", async (port) => {
    if (name === "express with raw()") return; // that parser waits for what it was promised
    const answer = await sendRaw(port, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" +
      "Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{");
    assert.match(answer, /^HTTP\/1.1 413 /);
  });

  withServer("a flood of headers does no harm", async (port) => {
    const body = eventBody();
    const good = await signed(body);
    const flood = Array.from({ length: 900 }, (_, i) => [`x-${i}`, "v"]); // Node drops from 1000 on
    assert.equal((await send(port, { headers: [...flood, ...good], body })).status, 200);
    const same = Array.from({ length: 200 }, () => ["webhook-signature", "v1,x"]);
    assert.equal((await send(port, { headers: [...same, ...good], body })).status, 401);
  });

  withServer("a sender that breaks off is forgotten", async (port, { seen }) => {
    await new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
          "Content-Length: 100\r\n\r\n{", () => socket.destroy());
      });
      socket.on("close", resolve);
    });
    const body = eventBody();
    assert.equal((await send(port, { headers: await signed(body), body })).status, 200);
    assert.equal(seen.length, 1);
  });

  test(`${name}: a failing handler is 500, and the retry runs`, async (test) => {
    let runs = 0;
    const receiver = receiverOf({ store: memoryStore(), onUnhandled: () => {
      runs += 1;
      if (runs === 1) throw undefined;
    } });
    const port = await serve(test, receiver);
    const body = eventBody();
    const request = { headers: await signed(body), body };
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await send(port, request)).status);
    assert.deepEqual([statuses, runs], [[500, 200, 200], 2]);
  });

  test(`${name}: of five copies at once one runs`, async (test) => {
    let runs = 0;
    const [started, work] = [deferred(), deferred()];
    const receiver = receiverOf({ store: memoryStore(), onUnhandled: () => {
      runs += 1;
      started.resolve();
      return work.promise;
    } });
    const port = await serve(test, receiver);
    const body = eventBody();
    const request = { headers: await signed(body), body };
    const copies = Array.from({ length: 5 }, () => send(port, request));
    await started.promise;
    work.resolve();
    const answers = await Promise.all(copies);
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200, 200, 200]);
    assert.equal(runs, 1);
  });
}

/** A body that a parser had before: 500 at once, and the log names the remedy. */
const consumed = {
  "express5 json()": (test, receiver) => listen(test, express().use(express.json())
    .post("/", forExpress(receiver))),
  "express4 json()": (test, receiver) => listen(test, express4().use(express4.json())
    .post("/", forExpress(receiver))),
  "express text()": (test, receiver) => listen(test, express()
    .use(express.text({ type: () => true })).post("/", forExpress(receiver))),
  "a drained node request": (test, receiver) => listen(test, (request, response) => {
    request.resume().on("end", () => forNode(receiver)(request, response));
  }),
  "next pages with its parser": (test, receiver) => listen(test, asPagesApi({
    default: forPages(receiver),
  })),
  "hono after c.req.json()": (test, receiver) => listenFetch(test, new Hono()
    .use(async (context, next) => {
      await context.req.json();
      return next();
    }).post("/", forHono(receiver)).fetch),
  "a request read before": (test, receiver) => listenFetch(test, async (request) => {
    await request.text();
    return forFetch(receiver)(request);
  }),
  "a request locked before": (test, receiver) => listenFetch(test, (request) => {
    request.body.getReader();
    return forFetch(receiver)(request);
  }),
};

for (const [name, serve] of Object.entries(consumed)) {
  test(`${name}: 500 at once, and the remedy in the log`, async (test) => {
    const receiver = receiverOf({ onUnhandled: () => assert.fail("it ran") });
    const port = await serve(test, receiver);
    const body = eventBody();
    const answer = await send(port, { headers: await signed(body), body });
    assert.deepEqual([answer.status, answer.text], [500, '{"error":"not_configured"}']);
    assert.match(receiver.lines.join(), /mount the webhook route before express\.json\(\)/);
  });
}

test("fetch: a request, a context that holds one, and Hono's are the same", async () => {
  const handler = forFetch(receiverOf());
  const body = eventBody();
  const headers = await signed(body);
  const made = () => new Request("http://x/", { method: "POST", headers, body });
  for (const given of [made(), { request: made() }, { req: { raw: made() } }]) {
    assert.equal((await handler(given, { params: Promise.resolve({}) })).status, 200);
  }
});

test("fetch: a body is not read beyond its limit", async () => {
  let pulled = 0;
  const endless = new ReadableStream({
    pull(controller) {
      pulled += 1;
      controller.enqueue(new Uint8Array(65536));
    },
  });
  const request = new Request("http://x/", {
    method: "POST", headers: await signed("x"), body: endless, duplex: "half",
  });
  assert.equal((await forFetch(receiverOf())(request)).status, 413);
  assert.ok(pulled <= MEBIBYTE / 65536 + 3, `${pulled} chunks`);
});

test("node: a parsed body on a request that nobody read is refused as well", async (test) => {
  const receiver = receiverOf();
  const port = await listen(test, (request, response) => {
    request.body = { type: "order.created" };
    return forNode(receiver)(request, response);
  });
  const body = eventBody();
  assert.equal((await send(port, { headers: await signed(body), body })).status, 500);
});

test("node: a body that a platform kept as bytes is taken", async (test) => {
  const port = await listen(test, (request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk)).on("end", () => {
      request.rawBody = Buffer.concat(chunks);
      request.body = JSON.parse(request.rawBody);
      return forNode(receiverOf())(request, response);
    });
  });
  const body = eventBody();
  assert.equal((await send(port, { headers: await signed(body), body })).status, 200);
});

test("node: an answer that something else has given is left alone", async (test) => {
  const port = await listen(test, (request, response) => {
    response.end("mine");
    return forNode(receiverOf())(request, response);
  });
  assert.equal((await send(port, { method: "GET", headers: [] })).text, "mine");
});
