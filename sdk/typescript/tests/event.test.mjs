import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { deliver, eventBody, receiverOf, signed } from "./harness.mjs";

/** The event that a handler sees, or the answer's status if none does. */
async function read(body, options = {}) {
  let seen;
  const receiver = receiverOf({ ...options, onAny: (event) => void (seen = event) });
  const answer = await deliver(receiver, body, options);
  return seen ?? answer.status;
}

test("an event holds what the sender wrote", async () => {
  const body = eventBody({ timestamp: "2026-04-22T14:30:00Z", extra: { n: 1 } });
  const event = await read(body);
  assert.equal(event.type, "order.created");
  assert.equal(event.canonical, "order.created");
  assert.equal(event.id, "evt_1");
  assert.equal(event.deliveryId, "msg_1");
  assert.equal(event.key, "standard/msg_1");
  assert.equal(event.occurredAt, "2026-04-22T14:30:00Z");
  assert.deepEqual(event.data, { id: "ord_1" });
  assert.deepEqual(event.payload, JSON.parse(body));
  assert.equal(Buffer.from(event.raw).toString(), body);
});

test("an alias is known by its canonical name", async () => {
  const event = await read(eventBody({ type: "payment.success" }));
  assert.equal(event.type, "payment.success");
  assert.equal(event.canonical, "payment.confirmed");
});

test("the key comes from signed material only", async () => {
  const hash = (text) => createHash("sha256").update(text).digest("hex");
  const codespar = { scheme: "codespar" };
  assert.equal((await read(eventBody(), codespar)).key, "codespar/evt_1");
  const unnamed = '{"type":"order.created"}';
  assert.equal((await read(unnamed, codespar)).key, `codespar/sha256:${hash(unnamed)}`);
  assert.equal((await read(unnamed, codespar)).id, "msg_1"); // the header: to show, not to key
  const empty = eventBody({ id: "" });
  assert.equal((await read(empty, codespar)).key, `codespar/sha256:${hash(empty)}`);
});

test("numbers are ids digit for digit, and only integers are", async () => {
  const key = async (id) => {
    const body = `{"type":"order.created", "data":{"id":0}, "x":["id",{"id":9}], "id" : ${id} }`;
    return (await read(body, { scheme: "codespar" })).key;
  };
  assert.equal(await key("9007199254740992"), "codespar/9007199254740992");
  assert.equal(await key("9007199254740993"), "codespar/9007199254740993");
  assert.equal(await key("-7"), "codespar/-7");
  for (const odd of ["1e400", "1.0", "1e3", "true", "null", "[]", '{"id":1}']) {
    assert.match(await key(odd), /^codespar\/sha256:/, odd);
  }
});

test("of members that occur twice the last counts, everywhere", async () => {
  const body = '{"id":1,"type":"a","id":{"id":3},"\\u0069d":90071992547409931,"type":"b"}';
  const event = await read(body, { scheme: "codespar" });
  assert.equal(event.type, "b");
  assert.equal(event.id, "90071992547409931");
  assert.equal(event.key, "codespar/90071992547409931");
});

test("a number is an occurrence time as the sender wrote it", async () => {
  const event = await read('{"type":"a","created":1776868195.50}', { scheme: "stateset-t" });
  assert.equal(event.occurredAt, "1776868195.50");
});

test("what is no JSON object in UTF-8 with a type is unreadable", async () => {
  const bodies = ["", "null", "[]", '"x"', "7", "{", '{"type":"a"}x', "{'type':'a'}", "\ufeff{}",
    '{"type":""}', '{"type":7}', '{"type":null}', '{"type":["a"]}', '{"data":{"type":"a"}}',
    '{"type":"a",}', '{"type":NaN}', '{"constructor":{"type":"a"}}', '{"__proto__":{"type":"a"}}',
    Buffer.from('{"type":"a\xff"}', "latin1"), Buffer.from('{"type":"a"}', "utf16le")];
  for (const body of bodies) assert.equal(await read(body), 400, String(body));
});

test("512 levels are read, and 513 are not", async () => {
  const nested = (depth) =>
    `{"type":"a","x":${"[".repeat(depth - 1)}"[[[{{"${"]".repeat(depth - 1)}}`;
  assert.equal((await read(nested(512))).type, "a");
  assert.equal(await read(nested(513)), 400);
});

test("a mebibyte of brackets, quotes or backslashes is refused without harm", async () => {
  for (const unit of ["[", "{", '"', "\\", '{"a":', "[[]", "]"]) {
    const body = unit.repeat(Math.floor(1048576 / unit.length));
    assert.equal(await read(body), 400, unit);
  }
});

test("types that name an object's own machinery are types like any other", async () => {
  for (const type of ["__proto__", "constructor", "toString", "hasOwnProperty", "*", "error"]) {
    const event = await read(JSON.stringify({ type, id: "1" }));
    assert.equal(event.type, type);
    assert.equal(event.canonical, undefined);
  }
  const event = await read('{"type":"a","__proto__":{"polluted":1}}');
  assert.equal({}.polluted, undefined);
  assert.equal(event.payload.polluted, undefined);
});

test("under github the headers say what happened, once", async () => {
  const body = '{"zen":"x"}';
  const headers = [...await signed(body, { scheme: "github" }), ["X-GitHub-Event", "push"]];
  let seen;
  const receiver = receiverOf({ scheme: "github", onAny: (event) => void (seen = event) });
  await receiver.handle({ method: "POST", headers, body });
  assert.equal(seen.type, "push");
  assert.deepEqual(seen.data, { zen: "x" });
  const twice = [...headers, ["x-github-event", "pull"]];
  assert.equal((await receiver.handle({ method: "POST", headers: twice, body })).status, 400);
});
