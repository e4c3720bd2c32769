/** Bytes and their spellings. Every decoder returns undefined for what it cannot read. */

const encoder = new TextEncoder();
// Fatal: bytes that are no UTF-8 must not be replaced. A BOM is kept, so that JSON refuses it.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A body as frameworks hand it out. Text is taken as UTF-8; give bytes wherever you can. */
export type Body = Uint8Array | ArrayBuffer | string;

export function toBytes(body: Body): Uint8Array {
  if (typeof body === "string") return encoder.encode(body);
  return body instanceof Uint8Array ? body : new Uint8Array(body);
}

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

export function readUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Compares without an early exit. The lengths are no secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i += 1) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** What digits stand for, by character code; 255 for what is no digit. */
function digitTable(alphabet: string): Uint8Array {
  const table = new Uint8Array(128).fill(255);
  for (let i = 0; i < alphabet.length; i += 1) table[alphabet.charCodeAt(i)] = i;
  return table;
}

const HEX_DIGIT = digitTable("0123456789abcdef");
for (const letter of "ABCDEF") {
  HEX_DIGIT[letter.charCodeAt(0)] = HEX_DIGIT[letter.toLowerCase().charCodeAt(0)]!;
}

export function readHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i += 1) {
    const high = HEX_DIGIT[text.charCodeAt(2 * i)] ?? 255; // beyond the table is no digit either
    const low = HEX_DIGIT[text.charCodeAt(2 * i + 1)] ?? 255;
    if ((high | low) > 15) return undefined;
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SEXTET = digitTable(BASE64);

export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i]!, bytes[i + 1], bytes[i + 2]];
    text += BASE64[a >> 2]! + BASE64[((a & 3) << 4) | ((b ?? 0) >> 4)]!;
    text += b === undefined ? "=" : BASE64[((b & 15) << 2) | ((c ?? 0) >> 6)]!;
    text += c === undefined ? "=" : BASE64[c & 63]!;
  }
  return text;
}

/** The standard alphabet with its padding and nothing else: no blanks, no line ends, no `-_`. */
export function readBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digits = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < digits; i += 1) {
    const sextet = SEXTET[text.charCodeAt(i)] ?? 255;
    if (sextet > 63) return undefined;
    bits = (bits << 6) | sextet;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[at] = (bits >> held) & 255;
      at += 1;
      bits &= (1 << held) - 1;
    }
  }
  return bytes;
}
