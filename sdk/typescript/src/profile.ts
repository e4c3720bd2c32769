/** A signature scheme as data. data/receiver/profiles.json holds the built-in ones. */
import { ConfigError } from "./errors.js";
import { PROFILES, type SchemeName } from "./generated.js";

/** `body:` and a JSON Pointer, or `header:` and a name. */
export type Source = `body:${string}` | `header:${string}` | string;

export interface TimestampRule {
  /** The header it travels in, unless it is inside the signature header. */
  readonly header?: string;
  readonly in_signature?: boolean;
  readonly format: "unix" | "rfc3339";
  readonly required: boolean;
  /** Whether the signature covers it. */
  readonly signed: boolean;
}

export interface Profile {
  readonly algorithm: "hmac-sha256";
  readonly encoding: "hex" | "base64";
  readonly secret_encoding: "utf8" | "whsec-base64" | "hex";
  readonly signature_header: string;
  readonly header_format: "bare" | "v1-space-list" | "t-v1-comma" | "t-v1-space";
  /** Must stand before a bare value. */
  readonly prefix?: string;
  /** May stand before a bare value. */
  readonly lenient_prefix?: string;
  /** `id`, `ts`, `body` and literals, joined in order. */
  readonly signed: readonly string[];
  readonly timestamp: TimestampRule | null;
  readonly id: { readonly header: string; readonly required: boolean } | null;
  /** Where the event's members are found; the first hit wins. */
  readonly event_id: readonly Source[];
  readonly type: readonly Source[];
  readonly occurred_at: readonly Source[];
  readonly data: readonly Source[];
}

/** A built-in scheme's name, or a profile of one's own. */
export type Scheme = SchemeName | Profile;

/** A profile under the name that dedupe keys carry: `custom` for one of one's own. */
export interface NamedProfile {
  readonly name: string;
  readonly profile: Profile;
}

export function resolveScheme(scheme: Scheme): NamedProfile {
  if (typeof scheme === "string") {
    if (Object.hasOwn(PROFILES, scheme)) return { name: scheme, profile: PROFILES[scheme] };
    const known = Object.keys(PROFILES).join(", ");
    throw new ConfigError("bad_profile", `unknown scheme "${scheme}"; built in are ${known}`);
  }
  checkProfile(scheme);
  return { name: "custom", profile: structuredClone(scheme) };
}

type Check = (value: unknown) => string | undefined;

const REQUIRED: Readonly<Record<string, Check>> = {
  algorithm: oneOf("hmac-sha256"),
  encoding: oneOf("hex", "base64"),
  secret_encoding: oneOf("utf8", "whsec-base64", "hex"),
  signature_header: isHeaderName,
  header_format: oneOf("bare", "v1-space-list", "t-v1-comma", "t-v1-space"),
  signed: isSigned,
  timestamp: isTimestamp,
  id: isId,
  event_id: isSources,
  type: isSources,
  occurred_at: isSources,
  data: isSources,
};
const OPTIONAL: Readonly<Record<string, Check>> = { prefix: isText, lenient_prefix: isText };

function checkProfile(profile: unknown): asserts profile is Profile {
  checkMembers(profile, "the profile", REQUIRED, OPTIONAL);
  const { header_format: format, prefix, lenient_prefix: lenient, signed, timestamp } =
    profile as Profile;
  const inSignature = format === "t-v1-comma" || format === "t-v1-space";
  if (format !== "bare" && (prefix !== undefined || lenient !== undefined)) {
    fail(`prefix and lenient_prefix need header_format "bare", not "${format}"`);
  }
  if (signed.includes("id") && !(profile as Profile).id) fail(`"signed" has "id", but id is null`);
  if (signed.includes("ts") !== (timestamp?.signed ?? false)) {
    fail(`"signed" and timestamp.signed disagree on whether the time is signed`);
  }
  if (inSignature !== (timestamp?.in_signature ?? false)) {
    fail(`timestamp.in_signature does not fit header_format "${format}"`);
  }
}

function fail(what: string): never {
  throw new ConfigError("bad_profile", `bad profile: ${what}`);
}

function checkMembers(
  value: unknown, what: string, required: Record<string, Check>, optional: Record<string, Check>,
): void {
  if (!isObject(value)) return fail(`${what} is not an object`);
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(required, name) && !Object.hasOwn(optional, name)) {
      fail(`${what} has an unknown member "${name}"`);
    }
  }
  for (const [name, check] of Object.entries({ ...required, ...optional })) {
    if (value[name] === undefined && Object.hasOwn(optional, name)) continue;
    const wrong = check(value[name]);
    if (wrong) fail(`"${name}" of ${what} ${wrong}`);
  }
}

function oneOf(...words: string[]): Check {
  return (value) => (words.includes(value as string) ? undefined : `must be ${words.join(" or ")}`);
}

function isText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? undefined : "must be text";
}

function isFlag(value: unknown): string | undefined {
  return typeof value === "boolean" ? undefined : "must be true or false";
}

function isHeaderName(value: unknown): string | undefined {
  const good = typeof value === "string" && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(value);
  return good ? undefined : "must be a header's name";
}

function isSigned(value: unknown): string | undefined {
  const good = Array.isArray(value) && value.every((part) => typeof part === "string");
  return good && value.includes("body") ? undefined : `must be a list of texts that has "body"`;
}

function isSources(value: unknown): string | undefined {
  const good = Array.isArray(value) && value.every(
    (each) => typeof each === "string" && /^(body:(\/.*)?|header:.+)$/s.test(each));
  return good ? undefined : `must be a list of "body:/pointer" and "header:name"`;
}

function isTimestamp(value: unknown): string | undefined {
  if (value === null) return undefined;
  const place: Record<string, Check> = isObject(value) && "in_signature" in value
    ? { in_signature: (flag) => (flag === true ? undefined : "must be true") }
    : { header: isHeaderName };
  const rest = { format: oneOf("unix", "rfc3339"), required: isFlag, signed: isFlag };
  checkMembers(value, "timestamp", { ...place, ...rest }, {});
  return undefined;
}

function isId(value: unknown): string | undefined {
  if (value !== null) checkMembers(value, "id", { header: isHeaderName, required: isFlag }, {});
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
