// Checks one delivery, read from stdin as {"headers","body","secret"}, with the npm package
// standardwebhooks and with the receiver of the triggers guide. Prints "ok" or throws.
"use strict";
const crypto = require("node:crypto");
const assert = require("node:assert");
const fs = require("node:fs");
const { Webhook } = require("standardwebhooks");

// Exactly what the guide's receiver does.
function receive(headers, raw, secret) {
  const signature = headers["x-codespar-signature"];
  const expected = crypto.createHmac("sha256", secret).update(raw).digest("hex");
  if (!signature || !crypto.timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) return 401;
  const event = JSON.parse(raw);
  assert.ok(event.type && event.data);
  return 200;
}

const { headers, body, secret } = JSON.parse(fs.readFileSync(0, "utf8"));
const raw = Buffer.from(body, "base64").toString("utf8");

const verified = new Webhook(secret).verify(raw, headers);
assert.strictEqual(verified.type, headers["x-codespar-event"]);
assert.throws(() => new Webhook(secret).verify(raw + " ", headers));
assert.throws(() => new Webhook("whsec_" + "A".repeat(43) + "=").verify(raw, headers));

assert.strictEqual(receive(headers, raw, secret), 200);
assert.strictEqual(receive(headers, raw + " ", secret), 401);
assert.strictEqual(receive(headers, raw, secret + "x"), 401);
console.log("ok");
