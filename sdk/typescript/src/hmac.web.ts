/** HMAC-SHA256 by WebCrypto: Deno, Bun, Workers, browsers, and Node if told to. */
import { concat, toBytes } from "./bytes.js";

/** One secret, ready for use; many calls may use it at once. */
export interface HmacKey {
  /** The 32 bytes of HMAC-SHA256 over the parts, joined; texts are UTF-8. */
  mac(parts: readonly (Uint8Array | string)[]): Uint8Array | Promise<Uint8Array>;
}

type Source = Uint8Array<ArrayBuffer>;
const ALGORITHM = { name: "HMAC", hash: "SHA-256" };

export function hmacKey(secret: Uint8Array): HmacKey {
  const copy = Uint8Array.from(secret);
  let imported: Promise<CryptoKey> | undefined; // at first use: nothing to leave unhandled before
  return {
    async mac(parts) {
      imported ??= crypto.subtle.importKey("raw", copy, ALGORITHM, false, ["sign"]);
      const key = await imported;
      const message = concat(parts.map(toBytes)) as Source;
      return new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
    },
  };
}

export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Source));
}
