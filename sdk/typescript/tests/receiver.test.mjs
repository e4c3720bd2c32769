import assert from "node:assert/strict";
import { test } from "node:test";
import { ack, memoryStore, park, retry } from "@malote/receiver";
import { ManualClock } from "@malote/receiver/testing";
import { deferred, deliver, eventBody, NOW, receiverOf, settled, signed } from "./harness.mjs";

const RECEIVED = { received: true };
const DUPLICATE = { received: true, duplicate: true };
const TRY_AGAIN = { error: "try_again" };

async function head(receiver, change, body = eventBody()) {
  const headers = (await signed(body)).filter(([name]) => name !== "Content-Type");
  return receiver.handle({
    method: "POST", body, ...change,
    headers: [...change.headers ?? [["Content-Type", "application/json"]], ...headers],
  });
}

test("the head is judged first, and nothing else is looked at", async () => {
  const refusals = [];
  const receiver = receiverOf({ maxBody: 200, onRefused: ({ code }) => refusals.push(code) });
  const json = ["Content-Type", "application/json"];
  const cases = [
    [{ method: "GET" }, 405, "method_not_allowed"],
    [{ method: "post" }, 405, "method_not_allowed"],
    [{ headers: [json, ["Content-Encoding", "gzip"]] }, 415, "unsupported_content_encoding"],
    [{ headers: [json, ["Content-Encoding", "identity, br"]] }, 415,
      "unsupported_content_encoding"],
    [{ headers: [] }, 415, "unsupported_media_type"],
    [{ headers: [["Content-Type", ""]] }, 415, "unsupported_media_type"],
    [{ headers: [["Content-Type", "text/json"]] }, 415, "unsupported_media_type"],
    [{ headers: [["Content-Type", "application/jsonp"]] }, 415, "unsupported_media_type"],
    [{ headers: [json, ["Content-Type", "text/plain"]] }, 415, "unsupported_media_type"],
    [{ headers: [json, ["Content-Length", "9".repeat(30)]] }, 413, "body_too_large"],
    [{ body: "x".repeat(201) }, 413, "body_too_large"],
  ];
  for (const [change, status, code] of cases) {
    const answer = await head(receiver, change);
    assert.equal(answer.status, status, JSON.stringify(change));
    assert.equal(answer.headers["Content-Type"], "application/json");
    assert.equal(refusals.pop(), code);
  }
  assert.equal((await head(receiver, { method: "GET" })).headers.Allow, "POST");
  for (const type of ["application/json;charset=utf-8", "Application/JSON", "application/a+json"]) {
    const headers = [["Content-Type", type], ["Content-Encoding", "identity"]];
    assert.equal((await head(receiver, { headers })).status, 200, type);
  }
});

test("a refusal says nothing on the wire but its class", async () => {
  const receiver = receiverOf();
  const answer = await receiver.handle({
    method: "POST", headers: [["Content-Type", "application/json"]], body: "{}",
  });
  assert.deepEqual(answer, {
    status: 401, headers: { "Content-Type": "application/json" }, body: '{"error":"unauthorized"}',
  });
});

test("gone answers 410 to everything, as long as the switch says", async () => {
  let gone = true;
  const receiver = receiverOf({ gone: () => gone });
  assert.equal((await receiver.handle({ method: "GET", headers: [], body: "" })).status, 410);
  gone = false;
  assert.equal((await deliver(receiver)).status, 200);
});

test("a handler is found by type, then alias, then the longest prefix", async () => {
  const calls = [];
  const note = (name) => () => void calls.push(name);
  const receiver = receiverOf({
    handlers: { "payment.confirmed": note("canonical"), "payment.processed": note("alias") },
    prefixes: { "payment.": note("short"), "payment.re": note("long") },
    onUnhandled: (event, { known }) => void calls.push(`unhandled ${known}`),
    onAny: (event) => void calls.push(event.type),
  });
  for (const [type, who] of [
    ["payment.confirmed", "canonical"], ["payment.processed", "alias"],
    ["payment.success", "canonical"], ["payment.retried", "long"], ["payment.x", "short"],
    ["order.created", "unhandled true"], ["constructor", "unhandled false"],
  ]) {
    calls.length = 0;
    assert.equal((await deliver(receiver, eventBody({ type }))).status, 200);
    assert.deepEqual(calls, [type, who]);
  }
});

test("a Map takes handlers that an object cannot hold", async () => {
  const calls = [];
  const handlers = new Map(["__proto__", "constructor"].map((type) =>
    [type, () => void calls.push(type)]));
  const receiver = receiverOf({ handlers });
  await deliver(receiver, '{"type":"__proto__"}');
  await deliver(receiver, '{"type":"constructor"}');
  await deliver(receiver, '{"type":"toString"}');
  assert.deepEqual(calls, ["__proto__", "constructor"]);
});

test("a handler's outcome is the answer", async () => {
  const answer = async (returned) =>
    deliver(receiverOf({ onUnhandled: () => returned }));
  for (const returned of [undefined, null, ack(), 7, "park", { kind: "retry" }, [], Symbol("x")]) {
    assert.equal((await answer(returned)).status, 200);
  }
  const again = await answer(retry(30));
  assert.deepEqual([again.status, again.headers["Retry-After"]], [503, "30"]);
  for (const [seconds, text] of [[0.2, "1"], [-5, "0"], [NaN, "5"], [Infinity, "5"]]) {
    assert.equal((await answer(retry(seconds))).headers["Retry-After"], text);
  }
});

test("whatever a handler throws is a 500, and is reported", async () => {
  const unprintable = { get stack() { throw new Error("no"); }, toString() { throw 1; } };
  const thrown = [new Error("x"), undefined, null, 0, "text", Symbol("s"), unprintable,
    Object.create(null), Promise.reject(new Error("unused")).catch(() => 1)];
  for (const each of thrown) {
    const lines = [];
    const receiver = receiverOf({
      onError: undefined, log: (line) => lines.push(line), onUnhandled: () => { throw each; },
    });
    const answer = await deliver(receiver);
    assert.deepEqual([answer.status, answer.json], [500, { error: "handler_failed" }]);
    assert.equal(lines.length, 1);
    const rejecting = receiverOf({ onUnhandled: async () => { throw each; } });
    assert.equal((await deliver(rejecting)).status, 500);
    assert.deepEqual(rejecting.errors, [each]);
  }
  const thenable = { get then() { throw new Error("a trap"); } };
  assert.equal((await deliver(receiverOf({ onUnhandled: () => thenable }))).status, 500);
});

test("observers that throw change no answer", async () => {
  const fail = () => { throw new Error("observer"); };
  const receiver = receiverOf({
    onAny: fail, onRefused: async () => fail(), onParked: fail, onError: fail, log: fail,
    onUnhandled: () => park("for a person"),
  });
  assert.equal((await deliver(receiver)).status, 200);
  assert.equal((await deliver(receiver, "null")).status, 400);
  const answer = await receiver.handle({ method: "GET", headers: [], body: "" });
  assert.equal(answer.status, 405);
});

test("parked events are answered 200, committed, and handed over", async () => {
  const parked = [];
  const receiver = receiverOf({
    store: memoryStore({ clock: () => NOW * 1000 }),
    onUnhandled: () => park("odd"), onParked: (each) => void parked.push(each),
  });
  assert.deepEqual((await deliver(receiver)).json, RECEIVED);
  assert.deepEqual((await deliver(receiver)).json, DUPLICATE);
  assert.equal(parked.length, 1);
  assert.deepEqual([parked[0].reason, parked[0].event.id], ["odd", "evt_1"]);
});

test("an unreadable body can be parked", async () => {
  const parked = [];
  const receiver = receiverOf({ unreadable: "park", onParked: (each) => void parked.push(each) });
  const answer = await deliver(receiver, "[]");
  assert.deepEqual([answer.status, answer.json], [200, RECEIVED]);
  assert.equal(Buffer.from(parked[0].raw).toString(), "[]");
  assert.equal(parked[0].event, undefined);
});

test("of twenty copies at once one runs, and all are told so", async () => {
  const clock = new ManualClock(NOW);
  const work = deferred();
  let runs = 0;
  const receiver = receiverOf({
    clock, store: memoryStore({ clock }),
    onUnhandled: () => { runs += 1; return work.promise; },
  });
  const copies = Array.from({ length: 20 }, () => deliver(receiver));
  await settled();
  work.resolve();
  await settled();
  clock.advance(1); // the others look again
  const answers = await Promise.all(copies);
  assert.equal(runs, 1);
  assert.deepEqual(answers.map(({ status }) => status), Array(20).fill(200));
  assert.equal(answers.filter(({ json }) => json.duplicate).length, 19);
});

test("a copy claims what the first one failed at, and gives up after the wait", async () => {
  const clock = new ManualClock(NOW);
  const attempts = [];
  const receiver = receiverOf({
    clock, store: memoryStore({ clock }),
    onUnhandled: () => { attempts.push(deferred()); return attempts.at(-1).promise; },
  });
  const [first, second, third] = [deliver(receiver), deliver(receiver), deliver(receiver)];
  await settled();
  attempts[0].reject(new Error("first"));
  assert.equal((await first).status, 500);
  for (let step = 0; step < 30; step += 1) {
    clock.advance(0.25);
    await settled();
  }
  assert.equal(attempts.length, 2);
  const waiting = await Promise.race([second, third]);
  assert.deepEqual([waiting.status, waiting.json, waiting.headers["Retry-After"]],
    [503, TRY_AGAIN, "5"]);
  attempts[1].resolve();
  const statuses = (await Promise.all([second, third])).map(({ status }) => status);
  assert.deepEqual(statuses.sort(), [200, 503]);
});

test("over budget the answer is 503, and the handler's end still decides", async () => {
  const clock = new ManualClock(NOW);
  for (const [end, next] of [["resolve", DUPLICATE], ["reject", RECEIVED]]) {
    const work = deferred();
    let [runs, aborted] = [0, false];
    const receiver = receiverOf({
      clock, wait: 0, store: memoryStore({ clock }),
      onUnhandled: (event, { signal }) => {
        signal.addEventListener("abort", () => (aborted = true));
        runs += 1;
        return runs === 1 ? work.promise : undefined;
      },
    });
    const first = deliver(receiver);
    await settled();
    clock.advance(8);
    assert.equal((await first).status, 503);
    assert.equal(aborted, true);
    assert.equal((await deliver(receiver)).status, 503); // claimed as long as the handler runs
    work[end](new Error("late"));
    await settled();
    assert.deepEqual((await deliver(receiver)).json, next);
  }
});

test("a failure that comes after the lease undoes no other's claim", async () => {
  const clock = new ManualClock(NOW);
  const attempts = [];
  const receiver = receiverOf({
    clock, wait: 0, store: memoryStore({ clock }),
    onUnhandled: () => { attempts.push(deferred()); return attempts.at(-1).promise; },
  });
  const first = deliver(receiver);
  await settled();
  clock.advance(61);
  assert.equal((await first).status, 503);
  const second = deliver(receiver);
  await settled();
  attempts[0].reject(new Error("late"));
  await settled();
  assert.equal((await deliver(receiver)).status, 503); // the second still holds it
  attempts[1].resolve();
  assert.deepEqual((await second).json, RECEIVED);
  assert.equal(attempts.length, 2);
});

test("a store that fails in begin means 503, or running without it", async () => {
  const down = () => { throw new Error("down"); };
  const broken = [
    { begin: down, commit: down, abort: down },
    { begin: async () => down(), commit: down, abort: down },
    { begin: () => "perhaps", commit: down, abort: down },
    { begin: () => undefined, commit: down, abort: down },
  ];
  for (const store of broken) {
    const refusing = receiverOf({ store, onUnhandled: () => assert.fail("it ran") });
    const answer = await deliver(refusing);
    assert.deepEqual([answer.status, answer.json], [503, TRY_AGAIN]);
    assert.equal(refusing.errors.length, 1);
    assert.equal((await deliver(receiverOf({ store, onStoreError: "run" }))).status, 200);
  }
});

test("a store that hangs means 503 once the budget is used up", async () => {
  const clock = new ManualClock(NOW);
  const store = { begin: () => new Promise(() => undefined), commit() {}, abort() {} };
  const answer = deliver(receiverOf({ clock, store }));
  await settled();
  clock.advance(8);
  assert.equal((await answer).status, 503);
});

test("a store that fails after the work changes no answer", async () => {
  const down = async () => { throw new Error("down"); };
  const store = { begin: () => "acquired", commit: down, abort: down };
  const done = receiverOf({ store });
  assert.equal((await deliver(done)).status, 200);
  assert.equal(done.errors.length, 1);
  const failed = receiverOf({ store, onUnhandled: () => { throw new Error("work"); } });
  assert.equal((await deliver(failed)).status, 500);
  assert.equal(failed.errors.length, 2);
});

test("the store is not asked before the signature is right and the body read", async () => {
  const store = { begin: () => assert.fail("asked"), commit() {}, abort() {} };
  const receiver = receiverOf({ store });
  const body = eventBody();
  const headers = await signed(body);
  await receiver.handle({ method: "POST", headers, body: body + " " });
  await deliver(receiver, "null");
  assert.deepEqual(receiver.errors, []);
});

test("looking up secrets: what throws or hangs is 503, a stranger 401", async () => {
  const lookup = (secretLookup) => receiverOf({ secret: undefined, secretLookup });
  assert.equal((await deliver(lookup(() => { throw new Error("db"); }))).status, 503);
  assert.equal((await deliver(lookup(() => []))).status, 401);
  const unset = lookup(() => [""]);
  const answer = await deliver(unset);
  assert.deepEqual([answer.status, answer.json], [500, { error: "not_configured" }]);
  assert.equal(unset.lines.length, 1);
});

test("a body that cannot be read at all is asked for again", async () => {
  const receiver = receiverOf();
  const headers = await signed(eventBody());
  for (const body of [() => { throw new Error("x"); }, async () => { throw new Error("x"); }]) {
    assert.equal((await receiver.handle({ method: "POST", headers, body })).status, 503);
  }
});
