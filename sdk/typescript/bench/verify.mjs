// How much verifying costs over the bare HMAC of the same bytes: `node bench/verify.mjs`.
// Rounds alternate, so that both see the same machine; the fastest round of each counts.
import { createHmac } from "node:crypto";
import { createVerifier } from "@malote/receiver";

const ROUNDS = 40;
const CALLS = 5000;
const NOW = 1776868200;
const SECRET = "a secret for measuring only";
const body = Buffer.from(`{"type":"order.created","data":{"note":"${"x".repeat(980)}"}}`);

async function measure(scheme, secret, key) {
  const verifier = createVerifier({ scheme, secret, clock: () => NOW * 1000 });
  const signed = await verifier.sign("msg_1", NOW, body);
  const headers = new Headers([["Content-Type", "application/json"], ...signed]);
  const pairs = [["Content-Type", "application/json"], ...signed];
  const bare = async () => createHmac("sha256", key).update(body).digest();
  const subjects = {
    "bare HMAC": bare,
    "verify, pairs": () => verifier.verify(pairs, body),
    "verify, Headers": () => verifier.verify(headers, body),
  };
  const best = Object.fromEntries(Object.keys(subjects).map((name) => [name, Infinity]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, call] of Object.entries(subjects)) {
      const start = process.hrtime.bigint();
      for (let i = 0; i < CALLS; i += 1) await call();
      const each = Number(process.hrtime.bigint() - start) / CALLS / 1000;
      best[name] = Math.min(best[name], each);
    }
  }
  for (const [name, microseconds] of Object.entries(best)) {
    const ratio = (microseconds / best["bare HMAC"]).toFixed(2);
    console.log(`${scheme.padEnd(10)} ${name.padEnd(16)} ${microseconds.toFixed(2)} µs  ${ratio}`);
  }
}

console.log(`node ${process.version}, ${body.length} bytes`);
await measure("codespar", SECRET, SECRET);
await measure("standard", `whsec_${Buffer.from(SECRET).toString("base64")}`, Buffer.from(SECRET));
