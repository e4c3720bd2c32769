// What cases and sessions share: a vector file's words become the SDK's options.
import { PROFILES } from "@malote/receiver";

const OPTION_NAMES = new Map(Object.entries({
  tolerance: "tolerance",
  max_body: "maxBody",
  max_signatures: "maxSignatures",
  enforce_unsigned_timestamp: "enforceUnsignedTimestamp",
  budget: "budget",
  lease: "lease",
  ttl: "ttl",
  wait: "wait",
  on_store_error: "onStoreError",
  unreadable: "unreadable",
  gone: "gone",
}));

export function readOptions(options) {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => {
    if (!OPTION_NAMES.has(name)) throw new Error(`unknown option in the file: ${name}`);
    return [OPTION_NAMES.get(name), value];
  }));
}

/** `secrets` say how they are encoded; a profile is about one encoding. */
export function readProfile(file, name, secrets) {
  const profile = file.profiles?.[name] ?? PROFILES[name];
  if (!profile) throw new Error(`unknown profile in the file: ${name}`);
  return { ...profile, secret_encoding: secrets[0]?.enc ?? profile.secret_encoding };
}

export function readSecrets(secrets) {
  const [secret, ...previousSecrets] = secrets.map(({ value }) => value);
  return { secret, previousSecrets };
}

export function matches(expected, observed) {
  return Array.isArray(expected) ? expected.includes(observed) : expected === observed;
}
