/** Secrets become keys here, and nowhere else are they held. */
import { readBase64, readHex, utf8 } from "./bytes.js";
import { ConfigError } from "./errors.js";
import { hmacKey } from "#hmac";
import type { HmacKey } from "./hmac.web.js";
import type { Profile } from "./profile.js";

export const MAX_SECRETS = 8;

/** The keys of `secrets`, in order. Throws a ConfigError; its text never holds a secret. */
export function readSecrets(secrets: readonly unknown[], profile: Profile): HmacKey[] {
  if (secrets.length === 0) throw new ConfigError("no_secret", "there is no secret");
  if (secrets.length > MAX_SECRETS) {
    throw new ConfigError("bad_secret", `at most ${MAX_SECRETS} secrets, not ${secrets.length}`);
  }
  return secrets.map((secret, index) => {
    const which = index === 0 ? "the secret" : `previous secret ${index}`;
    return hmacKey(decodeSecret(secret, profile.secret_encoding, which));
  });
}

/** `secret` as key bytes. The scheme alone decides how it is read, never the look of it. */
export function decodeSecret(
  secret: unknown, encoding: Profile["secret_encoding"], which = "the secret",
): Uint8Array {
  if (secret === undefined || secret === null || secret === "") {
    throw new ConfigError("no_secret", `${which} is empty: is the environment variable set?`);
  }
  if (typeof secret !== "string") {
    throw new ConfigError("bad_secret", `${which} is no text`);
  }
  if (encoding === "utf8") return utf8(secret);
  if (encoding === "whsec-base64" && secret.startsWith("v1,whsec_")) {
    throw new ConfigError("bad_secret", `${which} begins with "v1,whsec_": drop the "v1,"`);
  }
  const bytes = encoding === "hex" ? readHex(secret) : readBase64(secret.replace(/^whsec_/, ""));
  if (!bytes) {
    const spelling = encoding === "hex" ? "hexadecimal" : "padded base64";
    const blank = /\s/.test(secret) ? "; it holds white space or a line end" : "";
    throw new ConfigError("bad_secret", `${which} is not ${spelling}${blank}`);
  }
  if (bytes.length === 0) throw new ConfigError("no_secret", `${which} is empty when decoded`);
  return bytes;
}
