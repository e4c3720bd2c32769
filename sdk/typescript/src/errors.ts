/**
 * What can go wrong, in two kinds: a ConfigError is thrown while a receiver is being built, and a
 * Refusal is returned for a request. Nothing that a request holds ever throws.
 */

export type ConfigErrorKind =
  | "no_secret" // none, or an empty one
  | "bad_secret" // it cannot be decoded, or there are more than eight
  | "bad_profile" // an unknown scheme, or a profile that breaks the rules
  | "duplicate_handler" // a second handler for one type or prefix
  | "bad_option"; // any other option

/** Thrown by constructors and registration. The message never holds a secret. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(readonly kind: ConfigErrorKind, message: string) {
    super(message);
  }
}

export type RefusalCode =
  | "missing_header"
  | "malformed_header"
  | "no_matching_signature"
  | "timestamp_too_old"
  | "timestamp_too_new"
  | "body_too_large"
  | "unsupported_content_encoding"
  | "unsupported_media_type"
  | "method_not_allowed"
  | "no_secret"
  | "invalid_payload";

/** Why a request was not taken. For logs and tests: none of it goes on the wire. */
export interface Refusal {
  readonly ok: false;
  readonly code: RefusalCode;
  /** The header it concerns, as the profile spells it; empty if none. */
  readonly header: string;
  /** One sentence for people. It quotes nothing of the request. */
  readonly hint: string;
}

export function refuse(code: RefusalCode, header: string, hint: string): Refusal {
  return { ok: false, code, header, hint };
}

export function atLeast(name: string, least: number, value: unknown): number {
  if (typeof value === "number" && value >= least) return value;
  throw new ConfigError("bad_option", `${name} must be a number, and at least ${least}`);
}
