/**
 * Says why a request is refused, by trying what people get wrong. A diagnostic for an operator with
 * the secret at hand: it makes hundreds of MACs, so it must never run on the request path.
 */
import { equalBytes, readUtf8, utf8 } from "./bytes.js";
import type { Refusal } from "./errors.js";
import { PROFILES } from "./generated.js";
import type { HeaderView } from "./headers.js";
import { hmacKey } from "#hmac";
import type { NamedProfile, Profile } from "./profile.js";
import { decodeSecret } from "./secrets.js";
import { readMac, signedParts } from "./signature.js";
import { readTime } from "./time.js";
import type { Verified } from "./verify.js";

export interface Subject {
  readonly scheme: NamedProfile;
  readonly secrets: readonly unknown[];
  readonly headers: HeaderView;
  readonly body: Uint8Array;
  /** Unix seconds. */
  readonly now: number;
}

/** Something to try, and how a sentence about it goes on. */
interface Variant<T> {
  readonly value: T;
  readonly says: string;
}

export async function explainVerdict(
  verdict: Verified | Refusal, subject: Subject,
): Promise<string> {
  const clocks = clockDifference(subject);
  if (verdict.ok) return `The request is genuine${clocks}.`;
  if (verdict.code.startsWith("timestamp_")) {
    return `The signature is right, but ${verdict.hint}.`;
  }
  const near = await findNearMiss(subject);
  const refused = `Refused: ${verdict.code}${verdict.header && ` (${verdict.header})`}, ` +
    verdict.hint;
  if (near === undefined) return `${refused}. No near miss fits: the secret is another${clocks}.`;
  if (near === "") return `${refused}. The signature itself is right${clocks}.`;
  return `${refused}. The signature would be right ${near}${clocks}.`;
}

async function findNearMiss(subject: Subject): Promise<string | undefined> {
  for (const scheme of schemes(subject.scheme)) {
    const found = readAnyFormat(subject.headers, scheme.value);
    if (found.signatures.length === 0) continue;
    for (const secret of secretVariants(subject.secrets, scheme.value.secret_encoding)) {
      const key = hmacKey(secret.value);
      for (const body of bodyVariants(subject.body)) {
        const mac = await key.mac(signedParts(scheme.value, found.id, found.time, body.value));
        const match = found.signatures.find((each) => equalBytes(each.value, mac));
        if (match) return sentence([scheme.says, match.says, secret.says, body.says]);
      }
    }
  }
  return undefined;
}

function sentence(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" and ");
}

function* schemes(own: NamedProfile): Iterable<Variant<Profile>> {
  yield { value: own.profile, says: "" };
  for (const [name, value] of Object.entries(PROFILES)) {
    if (name !== own.name) yield { value, says: `under the scheme "${name}"` };
  }
}

/** Whatever looks like a MAC in the signature header, in either encoding and any format. */
function readAnyFormat(headers: HeaderView, profile: Profile) {
  const signatures: Variant<Uint8Array>[] = [];
  const text = headers.all(profile.signature_header).join(" ");
  const other = profile.encoding === "hex" ? "base64" : "hex";
  for (const word of text.split(/[\s,]+/).slice(0, 64)) {
    const bare = word.replace(/^[A-Za-z0-9]{1,10}=(?!$)/, "");
    for (const candidate of new Set([word, bare])) {
      const own = readMac(candidate, profile.encoding);
      if (own) signatures.push({ value: own, says: "" });
      const foreign = readMac(candidate, other);
      if (foreign) signatures.push({ value: foreign, says: `as ${other}` });
    }
  }
  const inSignature = /(?:^|[\s,])t=([^\s,]*)/.exec(text)?.[1];
  const { timestamp, id } = profile;
  return {
    signatures,
    time: (timestamp?.header ? headers.get(timestamp.header) : inSignature) ?? "",
    id: (id ? headers.get(id.header) : undefined) ?? "",
  };
}

function* secretVariants(
  secrets: readonly unknown[], encoding: Profile["secret_encoding"],
): Iterable<Variant<Uint8Array>> {
  const encodings = new Set([encoding, "utf8", "whsec-base64", "hex"] as const);
  for (const secret of secrets) {
    if (typeof secret !== "string") continue;
    const texts: Variant<string>[] = [
      { value: secret, says: "" },
      { value: secret.trim(), says: "with the secret trimmed of white space" },
      { value: secret.replace(/^v1,/, ""), says: `with the secret's "v1," dropped` },
      { value: secret.replace(/^whsec_/, ""), says: `with the secret's "whsec_" dropped` },
    ];
    for (const each of encodings) {
      for (const text of texts) {
        if (text.says !== "" && text.value === secret) continue;
        const value = tryDecode(text.value, each);
        const reading = each === encoding ? "" : `with the secret read as ${each}`;
        if (value) yield { value, says: sentence([text.says, reading]) };
      }
    }
  }
}

function tryDecode(secret: string, encoding: Profile["secret_encoding"]): Uint8Array | undefined {
  try {
    return decodeSecret(secret, encoding);
  } catch {
    return undefined;
  }
}

function* bodyVariants(body: Uint8Array): Iterable<Variant<Uint8Array>> {
  yield { value: body, says: "" };
  const text = readUtf8(body);
  if (text === undefined) return;
  const bare = text.replace(/\r?\n$/, "");
  if (bare !== text) yield { value: utf8(bare), says: "without the body's last line end" };
  yield { value: utf8(`${text}\n`), says: "with a line end after the body" };
  yield { value: utf8(`${text}\r\n`), says: "with CR LF after the body" };
  const again = reserialised(text);
  if (again !== undefined && again !== text) {
    yield { value: utf8(again), says: "with the body written again as compact JSON" };
  }
}

function reserialised(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function clockDifference({ scheme, headers, now }: Subject): string {
  const { timestamp } = scheme.profile;
  if (!timestamp) return "";
  const { time } = readAnyFormat(headers, scheme.profile);
  if (time === "") return "";
  const seconds = readTime(time, timestamp.format);
  if (seconds === undefined) return "; its time cannot be read";
  const age = now - seconds;
  return `; its time is ${Math.abs(age)} s ${age < 0 ? "ahead of" : "behind"} the clock here`;
}
