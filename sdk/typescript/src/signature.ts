/** Reads and writes the signature header in its four formats. */
import { base64, hex, readBase64, readHex } from "./bytes.js";
import { refuse, type Refusal } from "./errors.js";
import { trim } from "./headers.js";
import type { Profile } from "./profile.js";

const MAC_SIZE = 32;

export interface SignatureHeader {
  readonly ok: true;
  /** Every known entry that decodes to a MAC. Never empty. */
  readonly signatures: readonly Uint8Array[];
  /** The header's own text of the time, if it travels here. */
  readonly time: string | undefined;
}

/** `joined`: two headers may have become one value, with ", " between them. */
export function readSignatureHeader(
  value: string, profile: Profile, maxSignatures: number, joined: boolean,
): SignatureHeader | Refusal {
  switch (profile.header_format) {
    case "bare":
      return readBare(value, profile);
    case "v1-space-list":
      return readList(value, profile, maxSignatures, joined);
    case "t-v1-comma":
      return readMembers(value, ",", profile, maxSignatures);
    case "t-v1-space":
      return readMembers(value, " ", profile, maxSignatures);
  }
}

export function writeSignatureHeader(mac: Uint8Array, time: string, profile: Profile): string {
  const value = profile.encoding === "hex" ? hex(mac) : base64(mac);
  switch (profile.header_format) {
    case "bare":
      return (profile.prefix ?? "") + value;
    case "v1-space-list":
      return `v1,${value}`;
    case "t-v1-comma":
      return `t=${time},v1=${value}`;
    case "t-v1-space":
      return `t=${time} v1=${value}`;
  }
}

/** What the MAC covers, in order; texts that follow one another are one part. */
export function signedParts(
  profile: Profile, id: string, time: string, body: Uint8Array,
): Array<Uint8Array | string> {
  const parts: Array<Uint8Array | string> = [];
  let text = "";
  for (const piece of profile.signed) {
    if (piece !== "body") {
      text += piece === "id" ? id : piece === "ts" ? time : piece;
      continue;
    }
    if (text !== "") parts.push(text);
    text = "";
    parts.push(body);
  }
  if (text !== "") parts.push(text);
  return parts;
}

export function readMac(text: string, encoding: Profile["encoding"]): Uint8Array | undefined {
  if (text.length !== (encoding === "hex" ? 2 * MAC_SIZE : 44)) return undefined;
  const mac = encoding === "hex" ? readHex(text) : readBase64(text);
  return mac?.length === MAC_SIZE ? mac : undefined;
}

function readBare(value: string, profile: Profile): SignatureHeader | Refusal {
  let text = value;
  if (profile.prefix !== undefined) {
    if (!text.startsWith(profile.prefix)) {
      return malformed(profile, `the value does not begin with "${profile.prefix}"`);
    }
    text = text.slice(profile.prefix.length);
  } else if (profile.lenient_prefix !== undefined && text.startsWith(profile.lenient_prefix)) {
    text = text.slice(profile.lenient_prefix.length);
  }
  const mac = readMac(text, profile.encoding);
  if (!mac) return malformed(profile, `the value is not 32 bytes of ${profile.encoding}`);
  return { ok: true, signatures: [mac], time: undefined };
}

function readList(
  value: string, profile: Profile, maxSignatures: number, joined: boolean,
): SignatureHeader | Refusal {
  const known: string[] = [];
  let entries = 0;
  let unknown = 0;
  let hasTail = false;
  for (const entry of value.split(" ")) {
    if (entry === "") continue;
    entries += 1;
    hasTail ||= entry.endsWith(",");
    if (entry.startsWith("v1,")) known.push(entry.slice(3));
    else if (entry.includes(",")) unknown += 1;
  }
  if (entries > maxSignatures) return tooMany(profile, maxSignatures);
  if (joined && hasTail) return malformed(profile, "the header came twice");
  return decodeKnown(known, unknown, undefined, profile);
}

function readMembers(
  value: string, separator: string, profile: Profile, maxSignatures: number,
): SignatureHeader | Refusal {
  const times: string[] = [];
  const entries: string[] = [];
  for (const part of value.split(separator)) {
    const member = trim(part);
    if (member.startsWith("t=")) times.push(member.slice(2));
    else if (member !== "") entries.push(member);
  }
  if (entries.length > maxSignatures) return tooMany(profile, maxSignatures);
  if (times.length !== 1) return malformed(profile, `"t=" occurs ${times.length} times, not once`);
  const known = entries.filter((entry) => entry.startsWith("v1=")).map((entry) => entry.slice(3));
  const unknown = entries.filter((entry) => /^v[0-9]+=/.test(entry)).length - known.length;
  return decodeKnown(known, unknown, times[0], profile);
}

function decodeKnown(
  known: readonly string[], unknown: number, time: string | undefined, profile: Profile,
): SignatureHeader | Refusal {
  const signatures: Uint8Array[] = [];
  for (const text of known) {
    const mac = readMac(text, profile.encoding);
    if (mac) signatures.push(mac);
  }
  if (signatures.length > 0) return { ok: true, signatures, time };
  if (known.length === 0 && unknown > 0) {
    const hint = "every signature is of an unknown version; this profile knows v1";
    return refuse("no_matching_signature", profile.signature_header, hint);
  }
  return malformed(profile, `no v1 signature holds 32 bytes of ${profile.encoding}`);
}

function tooMany(profile: Profile, most: number): Refusal {
  return malformed(profile, `more than ${most} signatures in one header`);
}

function malformed(profile: Profile, hint: string): Refusal {
  return refuse("malformed_header", profile.signature_header, hint);
}
