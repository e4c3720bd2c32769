/** HMAC-SHA256 by node:crypto, which answers at once. `#hmac` in package.json chooses this file. */
import { createHash, createHmac, createSecretKey } from "node:crypto";
import type { HmacKey } from "./hmac.web.js";

export function hmacKey(secret: Uint8Array): HmacKey {
  const key = createSecretKey(secret);
  return {
    mac(parts) {
      const hmac = createHmac("sha256", key);
      for (const part of parts) hmac.update(part);
      return fromLatin1(hmac.digest("binary")); // Node makes a text sooner than a Buffer
    },
  };
}

function fromLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}
