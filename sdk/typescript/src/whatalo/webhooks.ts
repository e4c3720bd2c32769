/**
 * In place of Whatalo's own helper. It answers at once, so it needs node:crypto (Node, Deno, Bun,
 * Workers with nodejs_compat); elsewhere await `verify` of "@malote/receiver".
 */
import { createHmac } from "node:crypto";
import { equalBytes } from "../bytes.js";
import { readMac } from "../signature.js";
import { readTime } from "../time.js";

export interface SignedWebhook {
  /** The body as it came, before any parsing. Bytes are best. */
  payload: string | Uint8Array;
  /** The X-Webhook-Signature header. */
  signature: string | null | undefined;
  secret: string | undefined;
  /**
   * The X-Webhook-Timestamp header. With it the signature must cover it, and it must be within
   * 300 s of the clock; without it the body alone is signed, and a replay passes.
   */
  timestamp?: string | null;
}

const TOLERANCE = 300;

/** Never throws: whatever is missing or odd makes it false. */
export function verifyWebhook(webhook: SignedWebhook): boolean {
  const { payload, signature, secret, timestamp } = webhook;
  if (typeof secret !== "string" || secret === "") {
    console.error("@malote/receiver: verifyWebhook got no secret: is the variable set?");
    return false;
  }
  if (typeof signature !== "string") return false;
  if (typeof payload !== "string" && !(payload instanceof Uint8Array)) return false;
  const given = readMac(signature.trim(), "hex");
  if (!given) return false;
  const hmac = createHmac("sha256", secret);
  if (timestamp !== undefined && timestamp !== null) {
    const time = readTime(timestamp.trim(), "unix");
    if (time === undefined || Math.abs(Date.now() / 1000 - time) > TOLERANCE) return false;
    hmac.update(`${timestamp.trim()}.`);
  }
  return equalBytes(hmac.update(payload).digest(), given);
}
