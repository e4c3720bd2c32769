// Handlers as they were written for other SDKs run here, and what broke them there does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { calls, failOnce } from "../build/tests/seeds/shop.js";
import { createVerifier } from "@malote/receiver";
import { listen, listenFetch, send, TEXT_SECRET } from "./harness.mjs";
import { asAppRouter, asPagesApi } from "./next.mjs";

const asListener = ({ app }) => ["listen", app];
const asRoute = (module) => ["fetch", asAppRouter(module)];

/** The sample, its variable, how it is mounted, an event it knows, and what it does with it. */
const samples = {
  whatalo_nextjs: {
    variable: "WHATALO_CLIENT_SECRET", scheme: "whatalo-body", mount: asRoute,
    event: whatalo("order.created"), call: "order ord_1",
  },
  whatalo_hono: {
    variable: "WHATALO_CLIENT_SECRET", scheme: "whatalo-body",
    mount: (module) => ["fetch", module.default.fetch], path: "/api/webhooks",
    event: whatalo("order.created"), call: "order ord_1",
  },
  whatalo_express: {
    variable: "WHATALO_CLIENT_SECRET", scheme: "whatalo-body", mount: asListener,
    path: "/api/webhooks", event: whatalo("order.created"), call: "order ord_1",
  },
  commerce_engine_next: {
    variable: "CE_WEBHOOK_SECRET", scheme: "commerce-engine", mount: asRoute,
    event: {
      event_type: "order.created",
      data: { order_number: "1001", status: "pending", customer_email: "a@example.com" },
    },
    call: "upsert 1001 pending", after: ["confirmation 1001"],
  },
  commerce_engine_express: {
    variable: "CE_WEBHOOK_SECRET", scheme: "commerce-engine", mount: asListener,
    path: "/webhooks/ce",
    event: { id: "1", event_type: "payment.success", data: { order_number: "1001" } },
    call: "payment.success 1001",
  },
  codespar_listener: {
    variable: "CODESPAR_TRIGGER_SECRET", scheme: "codespar", mount: asRoute,
    event: {
      event: "payment.confirmed", payment_id: "pay_1", amount: 150.35, items: [],
      customer: { cpf: "12345678909", phone: "+5511900000000" },
      shipping: { cep: "01001000", weight: 0.85 },
    },
    call: "loop codespar_invoice,codespar_ship,codespar_notify",
  },
  codespar_trigger: {
    variable: "CODESPAR_TRIGGER_SECRET", scheme: "codespar", mount: asRoute,
    event: { type: "payment.confirmed", data: { id: "pay_1" } },
    call: "event payment.confirmed pay_1",
  },
  stateset_express: {
    variable: "STATESET_WEBHOOK_SECRET", scheme: "stateset", mount: asListener,
    path: "/webhooks/stateset",
    event: { type: "order.created", data: { id: "ord_1" } }, call: "order ord_1",
  },
  stateset_next_pages: {
    variable: "STATESET_WEBHOOK_SECRET", scheme: "stateset",
    mount: (module) => ["listen", asPagesApi(module)],
    event: { type: "inventory.low_stock", data: { sku: "A1", quantity_available: 2 } },
    call: "product A1 2",
  },
};

function whatalo(event) {
  const members = { id: "dlv_1", event, store: "st_1", timestamp: "2026-04-22T14:30:00Z" };
  return { ...members, data: { id: "ord_1", status: "paid" } };
}

let loads = 0;
/** A fresh copy of the sample, as a process would load it. */
async function load(name, variable, secret) {
  loads += 1;
  if (secret === undefined) delete process.env[variable];
  else process.env[variable] = secret;
  return import(`../build/tests/seeds/${name}.js?${loads}`);
}

async function start(test, name) {
  const { variable, mount, path = "/", scheme, event } = samples[name];
  const [kind, handler] = mount(await load(name, variable, TEXT_SECRET));
  const port = await (kind === "listen" ? listen : listenFetch)(test, handler);
  const post = async (body, change = (headers) => headers, signing = scheme) => {
    const verifier = createVerifier({ scheme: signing, secret: TEXT_SECRET });
    const headers = await verifier.sign("dlv_1", Math.floor(Date.now() / 1000), body);
    const all = [["Content-Type", "application/json"], ...headers];
    return (await send(port, { path, headers: change(all), body })).status;
  };
  calls.length = 0;
  return { post, body: JSON.stringify(event) };
}

function withSignature(value) {
  return (headers) => headers.map(([name, each]) =>
    [name, /signature/i.test(name) ? value(each) : each]);
}

for (const [name, { variable, call, after = [] }] of Object.entries(samples)) {
  test(`${name}: does what it did`, async (test) => {
    const { post, body } = await start(test, name);
    assert.equal(await post(body), 200);
    assert.deepEqual(calls, [call, ...after]);
  });

  test(`${name}: forged requests are 401, whatever the signature looks like`, async (test) => {
    const { post, body } = await start(test, name);
    for (const value of [(mac) => mac.slice(0, 10), (mac) => `${mac}00`, () => "é".repeat(64),
      () => "", (mac) => mac.replace(/^./, (digit) => (digit === "0" ? "1" : "0"))]) {
      assert.equal(await post(body, withSignature(value)), 401);
    }
    const missing = (headers) => headers.filter(([each]) => !/signature/i.test(each));
    assert.equal(await post(body, missing), 401);
    assert.deepEqual(calls, []);
  });

  test(`${name}: does not start without its secret`, async () => {
    await assert.rejects(load(name, variable, undefined), { kind: "no_secret" });
    await assert.rejects(load(name, variable, ""), { kind: "no_secret" });
  });

  test(`${name}: of five copies at once one runs`, async (test) => {
    const { post, body } = await start(test, name);
    const statuses = await Promise.all(Array.from({ length: 5 }, () => post(body)));
    assert.deepEqual(statuses, [200, 200, 200, 200, 200]);
    assert.deepEqual(calls, [call, ...after]);
  });

  test(`${name}: unreadable JSON is 400, and too big a body 413`, async (test) => {
    const { post } = await start(test, name);
    for (const body of ["{", "null", "[]", "\ufeff{}"]) assert.equal(await post(body), 400, body);
    assert.equal(await post(`"${"x".repeat(1024 * 1024)}"`), 413);
    assert.deepEqual(calls, []);
  });

  test(`${name}: a handler that fails is 500, and runs again`, async (test) => {
    const { post, body } = await start(test, name);
    test.mock.method(console, "error", () => undefined);
    failOnce(call.split(" ")[0]);
    assert.equal(await post(body), 500);
    assert.equal(await post(body), 200);
    assert.deepEqual(calls, [call, call, ...after]);
  });
}

test("whatalo: both ways of signing are taken, and neither passes for the other", async (test) => {
  const { post, body } = await start(test, "whatalo_nextjs");
  assert.equal(await post(body, undefined, "whatalo"), 200);
  assert.equal(await post(body.replace("dlv_1", "dlv_2")), 200);
  const time = Math.floor(Date.now() / 1000);
  const joined = `${time}.${body}`;
  const verifier = createVerifier({ scheme: "whatalo", secret: TEXT_SECRET });
  const mac = (await verifier.sign("dlv_3", time, body))[0][1];
  // The timed signature over the joined text, sent as a body that is signed alone.
  assert.equal(await post(joined, withSignature(() => mac)), 400);
  assert.deepEqual(calls, ["order ord_1", "order ord_1"]);
});

test("whatalo: a stale time is refused, and does not fall back", async (test) => {
  const { post, body } = await start(test, "whatalo_nextjs");
  const verifier = createVerifier({ scheme: "whatalo", secret: TEXT_SECRET });
  const stale = await verifier.sign("dlv_1", Math.floor(Date.now() / 1000) - 900, body);
  assert.equal(await post(body, () => [["Content-Type", "application/json"], ...stale]), 401);
});

test("whatalo: handlers get the payload they know", async (test) => {
  const { post } = await start(test, "whatalo_nextjs");
  await post(JSON.stringify(whatalo("order.status_changed")));
  await post(JSON.stringify({ ...whatalo("app.installed"), id: "dlv_2" }));
  await post(JSON.stringify({ ...whatalo("cart.created"), id: "dlv_3" }));
  assert.deepEqual(calls, [
    "status paid", "provision st_1", "unhandled cart.created dlv_1 2026-04-22T14:30:00Z",
  ]);
});

test("whatalo: the check by hand is a boolean, at once, and never throws", async () => {
  const { receive } = await load("whatalo_manual", "WHATALO_CLIENT_SECRET", TEXT_SECRET);
  const body = JSON.stringify(whatalo("order.created"));
  const verifier = createVerifier({ scheme: "whatalo-body", secret: TEXT_SECRET });
  const [[, good]] = await verifier.sign("dlv_1", 0, body);
  calls.length = 0;
  assert.equal(await receive({ "x-webhook-signature": good }, body), 200);
  assert.deepEqual(calls, ["order ord_1"]);
  for (const signature of [undefined, "", good.slice(2), "é".repeat(64), [good, good], 7]) {
    assert.equal(await receive({ "x-webhook-signature": signature }, body), 401);
  }
});

test("verifyWebhook: secrets, bytes and times", async (test) => {
  const { verifyWebhook } = await import("@malote/receiver/whatalo/webhooks");
  const errors = test.mock.method(console, "error", () => undefined);
  const payload = Buffer.from("{}");
  const time = Math.floor(Date.now() / 1000);
  const macs = async (scheme, at) => (await createVerifier({ scheme, secret: TEXT_SECRET })
    .sign("d", at, payload))[0][1];
  const alone = await macs("whatalo-body", time);
  const timed = await macs("whatalo", time);
  const check = (more) => verifyWebhook({ payload, secret: TEXT_SECRET, ...more });
  assert.equal(check({ signature: alone }), true);
  assert.equal(check({ signature: timed }), false);
  assert.equal(check({ signature: timed, timestamp: String(time) }), true);
  assert.equal(check({ signature: alone, timestamp: String(time) }), false);
  const stale = await macs("whatalo", time - 900);
  assert.equal(check({ signature: stale, timestamp: String(time - 900) }), false);
  assert.equal(check({ signature: timed, timestamp: "" }), false);
  assert.equal(check({ signature: alone, payload: { id: 1 } }), false);
  for (const secret of [undefined, "", null]) {
    assert.equal(check({ signature: alone, secret }), false);
  }
  assert.equal(errors.mock.callCount(), 3);
});
