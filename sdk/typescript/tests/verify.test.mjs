import assert from "node:assert/strict";
import { test } from "node:test";
import { createVerifier, PROFILES, sign, verify } from "@malote/receiver";
import { clock, NOW, SECRET, secretOf, signed, TEXT_SECRET } from "./harness.mjs";

const BODY = '{"id":"evt_1","type":"order.created","data":{}}';
const SCHEMES = Object.keys(PROFILES);

async function codeOf(headers, body = BODY, options = {}) {
  const verdict = await verify(headers, body, { secret: SECRET, clock, ...options });
  return verdict.ok ? "ok" : verdict.code;
}

for (const scheme of SCHEMES) {
  test(`${scheme}: what sign makes verifies, and one changed byte does not`, async () => {
    const options = { scheme, secret: secretOf(scheme), clock };
    const headers = await sign("msg_1", NOW, BODY, options);
    assert.equal((await verify(headers, BODY, options)).ok, true);
    assert.equal((await verify(headers, BODY + " ", options)).code, "no_matching_signature");
  });

  test(`${scheme}: headers as Headers, record and pairs are the same`, async () => {
    const options = { scheme, secret: secretOf(scheme), clock };
    const headers = await sign("msg_1", NOW, BODY, options);
    const lower = headers.map(([name, value]) => [name.toLowerCase(), value]);
    for (const form of [new Headers(headers), Object.fromEntries(lower), new Map(lower)]) {
      assert.equal((await verify(form, BODY, options)).ok, true);
    }
  });

  test(`${scheme}: no odd signature raises anything but a refusal`, async () => {
    const options = { scheme, secret: secretOf(scheme), clock };
    const { signature_header: name } = PROFILES[scheme];
    const rest = (await sign("msg_1", NOW, BODY, options)).filter(([each]) => each !== name);
    const odd = ["", " ", ",", "=", "v1", "v1,", "v1=", "t=", "t=1,v1=", "é".repeat(32), "😀",
      "\0", "v1,=", "a".repeat(64), "0".repeat(63), "sha256=", " , , ", "t=1,t=2,v1=00", "%00",
      "v1,".repeat(17), "v1=0,".repeat(5000), "{}", "__proto__", "-1", "v1," + "A".repeat(16384)];
    for (const value of odd) {
      const verdict = await verify([[name, value], ...rest], BODY, options);
      assert.equal(verdict.ok, false, JSON.stringify(value));
      assert.match(verdict.code, /^(missing_header|malformed_header|no_matching_signature)$/);
    }
  });
}

test("a header that came twice is refused, however it is handed over", async () => {
  const headers = await signed(BODY);
  for (const name of ["webhook-signature", "webhook-id", "webhook-timestamp"]) {
    const [, value] = headers.find(([each]) => each === name);
    const twice = [...headers, [name, value]];
    assert.equal(await codeOf(twice), "malformed_header", name);
    assert.equal(await codeOf(new Headers(twice)), "malformed_header", `${name} joined`);
    const record = { ...Object.fromEntries(headers), [name]: [value, value] };
    assert.equal(await codeOf(record), "malformed_header", `${name} in a record`);
  }
});

test("a Headers object cannot hide a second signature behind a first", async () => {
  const headers = new Headers(await signed(BODY));
  const good = headers.get("webhook-signature");
  headers.set("webhook-signature", "v1,AAAA");
  headers.append("webhook-signature", good);
  assert.equal(await codeOf(headers), "malformed_header");
});

test("sixteen signatures are read, and of seventeen none", async () => {
  const headers = await signed(BODY);
  const good = headers.find(([name]) => name === "webhook-signature")[1];
  const list = (count) => headers.map(([name, value]) => name === "webhook-signature"
    ? [name, `${`v1,${"A".repeat(43)}= `.repeat(count - 1)}${good}`] : [name, value]);
  assert.equal(await codeOf(list(16)), "ok");
  assert.equal(await codeOf(list(17)), "malformed_header");
  assert.equal(await codeOf(list(17), BODY, { maxSignatures: 17 }), "ok");
});

test("the secret that matched is named, and previous ones hold", async () => {
  const headers = await signed(BODY);
  const other = `whsec_${Buffer.from("another").toString("base64")}`;
  const options = { secret: other, previousSecrets: [SECRET], clock };
  const verdict = await createVerifier(options).verify(headers, BODY);
  assert.equal(verdict.matchedSecret, 1);
});

test("times are judged both ways, the edge included, in whole seconds", async () => {
  for (const [difference, code] of [
    [300, "ok"], [-300, "ok"], [301, "timestamp_too_new"], [-301, "timestamp_too_old"],
    [31536000, "timestamp_too_new"],
  ]) {
    assert.equal(await codeOf(await signed(BODY, { time: NOW + difference })), code);
  }
  const headers = await signed(BODY, { time: NOW - 300 });
  assert.equal(await codeOf(headers, BODY, { clock: () => NOW * 1000 + 999 }), "ok");
  assert.equal(await codeOf(headers, BODY, { clock: () => NOW * 1000 + 1000 }),
    "timestamp_too_old");
});

test("a clock that goes back refuses by the time it shows", async () => {
  let now = NOW;
  const verifier = createVerifier({ secret: SECRET, clock: () => now * 1000 });
  const headers = await signed(BODY);
  assert.equal((await verifier.verify(headers, BODY)).ok, true);
  now -= 3600;
  assert.equal((await verifier.verify(headers, BODY)).code, "timestamp_too_new");
});

test("without a tolerance times are not judged, and nothing protects from replays", async () => {
  const headers = await signed(BODY, { time: 1 });
  const verdict = await verify(headers, BODY, { secret: SECRET, tolerance: null, clock });
  assert.equal(verdict.ok, true);
  assert.equal(verdict.replayProtected, false);
  assert.equal(verdict.signedAt, 1);
});

test("RFC 3339 is read strictly", async () => {
  const options = { scheme: "codespar", enforceUnsignedTimestamp: true, tolerance: null };
  const code = async (time) => {
    const headers = (await signed(BODY, { scheme: "codespar" })).map(([name, value]) =>
      [name, name === "X-CodeSpar-Timestamp" ? time : value]);
    return codeOf(headers, BODY, { secret: TEXT_SECRET, ...options });
  };
  for (const good of ["2026-04-22T14:30:00Z", "2026-04-22T14:30:00.123456789Z",
    "2024-02-29T00:00:00+05:30", "2026-04-22T14:30:00-23:59", "0001-01-01T00:00:00Z"]) {
    assert.equal(await code(good), "ok", good);
  }
  for (const bad of ["2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z",
    "2026-04-22 14:30:00Z", "2026-04-22t14:30:00z", "2026-04-22T14:30Z", "2026-04-22T24:00:00Z",
    "2026-04-22T14:30:00", "2026-04-22T14:30:00.Z", "2026-04-22T14:30:00+0530", "1776868200",
    "+002026-04-22T14:30:00Z", "2026-04-22T14:30:00Z\n2026", "２026-04-22T14:30:00Z"]) {
    assert.equal(await code(bad), "malformed_header", bad);
  }
});

test("the id that a signature covers may be any text", async () => {
  for (const id of ["é", "日本", "a b", "x".repeat(4000), "__proto__", "msg.1.2"]) {
    assert.equal(await codeOf(await signed(BODY, { id })), "ok", id);
  }
});

test("a header's bytes are UTF-8, as runtimes hand them out one by one", async () => {
  const headers = new Headers((await signed(BODY, { id: "日本" })).map(([name, value]) =>
    [name, Buffer.from(value, "utf8").toString("latin1")]));
  assert.equal(await codeOf(headers), "ok");
});

test("looking up a secret: a stranger is refused, nonsense is our fault", async () => {
  const headers = await signed(BODY);
  const code = (secretLookup) => codeOf(headers, BODY, { secret: undefined, secretLookup });
  assert.equal(await code(() => SECRET), "ok");
  assert.equal(await code(async () => ["whsec_AAAA", SECRET]), "ok");
  assert.equal(await code(() => undefined), "no_matching_signature");
  assert.equal(await code(() => []), "no_matching_signature");
  assert.equal(await code(() => [""]), "no_secret");
  assert.equal(await code(() => ["not base64"]), "no_secret");
  assert.equal(await code(({ headers: hints, body }) =>
    hints.get("Webhook-Id") === "msg_1" && body.length === BODY.length ? SECRET : null), "ok");
});
