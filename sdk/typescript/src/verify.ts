/**
 * Verifies requests against one scheme. Safe to share: a Verifier keeps no state between calls.
 *
 * The order is part of the contract (sdk/README.md): secrets, headers, signatures, the time's form,
 * the MAC, and only then whether the time is near enough.
 */
import { equalBytes, toBytes, type Body } from "./bytes.js";
import { readClock, unixSeconds, type Clock, type ClockOption } from "./clock.js";
import { atLeast, ConfigError, refuse, type Refusal } from "./errors.js";
import { explainVerdict } from "./explain.js";
import { viewHeaders, type HeadersInput, type HeaderView } from "./headers.js";
import type { HmacKey } from "./hmac.web.js";
import { resolveScheme, type NamedProfile, type Profile, type Scheme } from "./profile.js";
import { readSecrets } from "./secrets.js";
import { readSignatureHeader, signedParts, writeSignatureHeader } from "./signature.js";
import { readTime, writeTime } from "./time.js";

/** What a look-up may go by. Nothing of it is proven yet. */
export interface SecretHints {
  readonly headers: HeaderView;
  readonly body: Uint8Array;
}

/** The secrets of whoever seems to send this, the current one first; none for a stranger. */
export type SecretLookup = (hints: SecretHints) => Secrets | Promise<Secrets>;
type Secrets = string | readonly (string | undefined)[] | null | undefined;

export interface VerifierOptions {
  /** A built-in scheme's name or a profile. Default: `standard`. */
  scheme?: Scheme;
  /** The secret as the sender shows it. */
  secret?: string | undefined;
  /** Secrets that were rotated out and still hold. At most 8 secrets in all. */
  previousSecrets?: readonly string[];
  /** Instead of `secret`: one key per shop, or a key that is not known at start. */
  secretLookup?: SecretLookup;
  /** How far clocks may differ, in seconds, both ways. Default 300; null: times are not judged. */
  tolerance?: number | null;
  /** Demand and judge a timestamp that the signature does not cover. */
  enforceUnsignedTimestamp?: boolean;
  /** How many signatures one header may hold. Default 16. */
  maxSignatures?: number;
  clock?: ClockOption;
}

/** A request that is what the sender sent. */
export interface Verified {
  readonly ok: true;
  /** The scheme it fits: its name is the first part of dedupe keys. */
  readonly scheme: NamedProfile;
  /** 0 is `secret`, 1 the first of `previousSecrets`, and so on. */
  readonly matchedSecret: number;
  /** Unix seconds, if the signature covers the time. */
  readonly signedAt: number | undefined;
  /** The id header, signed or not; empty if there is none. */
  readonly messageId: string;
  readonly idSigned: boolean;
  /** The time is signed, and was judged. */
  readonly replayProtected: boolean;
}

/** What a request claims. */
interface Claimed {
  readonly parts: ReadonlyArray<Uint8Array | string>;
  readonly signatures: readonly Uint8Array[];
  /** Unix seconds, if the time is to be judged. */
  readonly time: number | undefined;
  readonly messageId: string;
}

/** A header of the profile; the name is empty if the profile has none. */
interface Named {
  readonly header: string;
  readonly required: boolean;
}

export class Verifier {
  readonly scheme: NamedProfile;
  readonly #options: VerifierOptions;
  readonly #keys: readonly HmacKey[];
  readonly #clock: Clock;
  readonly #tolerance: number;
  readonly #maxSignatures: number;
  /** Whether the time is judged: it is signed, or enforced. */
  readonly #judged: boolean;
  /** The headers of the signature, the id and the time, in this order. */
  readonly #named: readonly [Named, Named, Named];

  /** Throws a ConfigError: no secret, one that cannot be read, or a bad profile. */
  constructor(options: VerifierOptions) {
    this.scheme = resolveScheme(options.scheme ?? "standard");
    this.#options = { ...options };
    checkTypes(options);
    this.#keys = options.secretLookup ? [] : readSecrets(givenSecrets(options), this.#profile);
    if (options.secretLookup && options.secret !== undefined) {
      throw new ConfigError("bad_option", "give either secret or secretLookup");
    }
    this.#clock = readClock(options.clock);
    const tolerance = options.tolerance === undefined ? 300 : options.tolerance ?? Infinity;
    this.#tolerance = atLeast("tolerance", 0, tolerance);
    this.#maxSignatures = atLeast("maxSignatures", 1, options.maxSignatures ?? 16);
    const { signature_header: signatureHeader, timestamp, id, signed } = this.#profile;
    if (options.enforceUnsignedTimestamp && timestamp === null) {
      throw new ConfigError(
        "bad_option", `the scheme ${this.scheme.name} has no timestamp that could be enforced`);
    }
    this.#judged =
      timestamp !== null && (timestamp.signed || (options.enforceUnsignedTimestamp ?? false));
    this.#named = [
      { header: signatureHeader, required: true },
      { header: id?.header ?? "", required: id?.required || signed.includes("id") },
      {
        header: timestamp?.header ?? "",
        required: timestamp?.header !== undefined && (timestamp.required || this.#judged),
      },
    ];
  }

  get #profile(): Profile {
    return this.scheme.profile;
  }

  /** Never throws for what a request holds; rejects only with what `secretLookup` threw. */
  async verify(headers: HeadersInput | HeaderView, body: Body): Promise<Verified | Refusal> {
    const view = viewHeaders(headers);
    const bytes = toBytes(body);
    let keys = this.#keys;
    if (this.#options.secretLookup) {
      const found = await this.#lookUp(this.#options.secretLookup, { headers: view, body: bytes });
      if ("code" in found) return found;
      keys = found;
    }
    const claimed = this.#readHeaders(view, bytes);
    if ("code" in claimed) return claimed;
    const found = findKey(keys, claimed, 0);
    return this.#conclude(claimed, typeof found === "number" ? found : await found);
  }

  /** The headers that a sender of this scheme would send, for tests. `time` in Unix seconds. */
  async sign(id: string, time: number, body: Body): Promise<Array<[string, string]>> {
    const { id: idRule, timestamp, signature_header: signatureHeader } = this.#profile;
    const key = this.#keys[0];
    if (!key) throw new ConfigError("no_secret", "sign needs a secret, not a secretLookup");
    const timeText = timestamp ? writeTime(time, timestamp.format) : "";
    const mac = await key.mac(signedParts(this.#profile, id, timeText, toBytes(body)));
    const headers: Array<[string, string]> = [
      [signatureHeader, writeSignatureHeader(mac, timeText, this.#profile)],
    ];
    if (timestamp?.header) headers.push([timestamp.header, timeText]);
    if (idRule) headers.push([idRule.header, id]);
    return headers;
  }

  /** Why this request is refused, in words, by trying near misses. Never on the request path. */
  async explain(headers: HeadersInput, body: Body): Promise<string> {
    const view = viewHeaders(headers);
    const bytes = toBytes(body);
    const lookup = this.#options.secretLookup;
    const secrets = lookup
      ? listed(await lookup({ headers: view, body: bytes }))
      : givenSecrets(this.#options);
    const verdict = await this.verify(view, bytes);
    return explainVerdict(verdict, { scheme: this.scheme, secrets, headers: view, body: bytes,
      now: unixSeconds(this.#clock) });
  }

  async #lookUp(lookup: SecretLookup, hints: SecretHints): Promise<HmacKey[] | Refusal> {
    const secrets = listed(await lookup(hints));
    if (secrets.length === 0) {
      return refuse("no_matching_signature", "", "secretLookup has no secret for this request");
    }
    try {
      return readSecrets(secrets, this.#profile);
    } catch (error) {
      const why = error instanceof ConfigError ? error.message : "it cannot be read";
      return refuse("no_secret", "", `what secretLookup returned: ${why}`);
    }
  }

  /** What the headers say, before anything of it is proven. */
  #readHeaders(headers: HeaderView, body: Uint8Array): Claimed | Refusal {
    const { timestamp } = this.#profile;
    const values = this.#findHeaders(headers);
    if ("code" in values) return values;
    const messageId = values[1] ?? "";
    const read = readSignatureHeader(
      values[0]!, this.#profile, this.#maxSignatures, headers.joined);
    if (!read.ok) return read;
    const timeText = (timestamp?.header ? values[2] : read.time) ?? "";
    const time = timestamp && this.#judged ? readTime(timeText, timestamp.format) : undefined;
    if (this.#judged && time === undefined) {
      return refuse("malformed_header", this.#timeHeader,
        `the time is not ${timestamp?.format === "unix" ? "Unix seconds" : "RFC 3339"}`);
    }
    const parts = signedParts(this.#profile, messageId, timeText, body);
    return { parts, signatures: read.signatures, time, messageId };
  }

  /** The values of the signature, id and time headers, in this order. */
  #findHeaders(headers: HeaderView): Array<string | undefined> | Refusal {
    const found = this.#named.map(({ header }) => (header ? headers.all(header) : []));
    const twice = found.findIndex((values, index) => {
      // An id or a time has no comma and blank: two headers were joined into this value.
      const joined = headers.joined && index > 0 && values[0]?.includes(", ");
      return values.length > 1 || joined;
    });
    if (twice >= 0) {
      return refuse("malformed_header", this.#named[twice]!.header, "the header came twice");
    }
    const missing = this.#named.find(({ required }, index) => required && !found[index]![0]);
    if (missing) return refuse("missing_header", missing.header, "the header is missing or empty");
    return found.map((values) => values[0]);
  }

  get #timeHeader(): string {
    return this.#profile.timestamp?.header ?? this.#profile.signature_header;
  }

  #conclude({ messageId, time }: Claimed, matchedSecret: number): Verified | Refusal {
    const { signature_header: signatureHeader, timestamp, signed } = this.#profile;
    if (matchedSecret < 0) {
      const hint = "no secret makes this signature: a wrong secret, or the body was changed";
      return refuse("no_matching_signature", signatureHeader, hint);
    }
    const far = time === undefined ? undefined : this.#judgeTime(time);
    if (far) return far;
    const timeSigned = timestamp?.signed ?? false;
    return {
      ok: true,
      scheme: this.scheme,
      matchedSecret,
      signedAt: timeSigned ? time : undefined,
      messageId,
      idSigned: signed.includes("id") && messageId !== "",
      replayProtected: timeSigned && this.#tolerance !== Infinity,
    };
  }

  #judgeTime(time: number): Refusal | undefined {
    const age = unixSeconds(this.#clock) - time;
    const header = this.#timeHeader;
    if (age > this.#tolerance) {
      return refuse("timestamp_too_old", header, `the time is ${age} s behind the clock here`);
    }
    if (-age > this.#tolerance) {
      return refuse("timestamp_too_new", header, `the time is ${-age} s ahead of the clock here`);
    }
    return undefined;
  }
}

/**
 * The index of the first key from `index` on whose MAC is among the signatures, or -1. At once
 * where MACs are made at once: a promise costs as much as the rest of the verification.
 */
function findKey(
  keys: readonly HmacKey[], claimed: Claimed, index: number,
): number | Promise<number> {
  for (; index < keys.length; index += 1) {
    const mac = keys[index]!.mac(claimed.parts);
    if (mac instanceof Promise) {
      const at = index;
      return mac.then((made) => isAmong(made, claimed) ? at : findKey(keys, claimed, at + 1));
    }
    if (isAmong(mac, claimed)) return index;
  }
  return -1;
}

/** Looks at every one: which one it is must not show in the time taken. */
function isAmong(mac: Uint8Array, { signatures }: Claimed): boolean {
  let matches = false;
  for (const signature of signatures) {
    const same = equalBytes(mac, signature);
    matches ||= same;
  }
  return matches;
}

/** What the types say, for those who write JavaScript or read a configuration. */
function checkTypes({ previousSecrets, secretLookup, enforceUnsignedTimestamp }: VerifierOptions) {
  // Of a text each letter would be a secret.
  if (previousSecrets !== undefined && !Array.isArray(previousSecrets)) {
    throw new ConfigError("bad_option", "previousSecrets must be a list");
  }
  if (secretLookup !== undefined && typeof secretLookup !== "function") {
    throw new ConfigError("bad_option", "secretLookup is no function");
  }
  if (!["undefined", "boolean"].includes(typeof enforceUnsignedTimestamp)) {
    throw new ConfigError("bad_option", "enforceUnsignedTimestamp must be true or false");
  }
}

function givenSecrets({ secret, previousSecrets }: VerifierOptions): unknown[] {
  return [secret, ...(previousSecrets ?? [])];
}

function listed(secrets: Secrets): unknown[] {
  if (secrets === null || secrets === undefined) return [];
  return typeof secrets === "string" ? [secrets] : [...secrets];
}

export function createVerifier(options: VerifierOptions): Verifier {
  return new Verifier(options);
}

/** One request, without a receiver: `verify(headers, body, { scheme, secret })`. */
export async function verify(
  headers: HeadersInput, body: Body, options: VerifierOptions,
): Promise<Verified | Refusal> {
  return new Verifier(options).verify(headers, body);
}

/** The headers that a sender would send, for tests. `time` in Unix seconds. */
export async function sign(
  id: string, time: number, body: Body, options: VerifierOptions,
): Promise<Array<[string, string]>> {
  return new Verifier(options).sign(id, time, body);
}

/** Why a request is refused, in words. For the operator's desk, never on the request path. */
export async function explain(
  headers: HeadersInput, body: Body, options: VerifierOptions,
): Promise<string> {
  return new Verifier(options).explain(headers, body);
}
