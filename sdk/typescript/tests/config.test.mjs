import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import { ConfigError, createReceiver, createVerifier, PROFILES } from "@malote/receiver";
import { SECRET, TEXT_SECRET } from "./harness.mjs";

function kindOf(options, create = createReceiver) {
  try {
    create(options);
  } catch (error) {
    assert.ok(error instanceof ConfigError, inspect(error));
    for (const secret of [options.secret, ...options.previousSecrets ?? []]) {
      if (secret) assert.ok(!error.message.includes(secret), "the message holds a secret");
    }
    return error.kind;
  }
  return "none";
}

test("there is no receiver without a secret", () => {
  for (const secret of [undefined, null, "", "whsec_"]) {
    assert.equal(kindOf({ secret }), "no_secret", String(secret));
  }
  assert.equal(kindOf({ secret: "", scheme: "github" }), "no_secret");
  assert.equal(kindOf({ secret: SECRET, previousSecrets: [""] }), "no_secret");
  assert.equal(kindOf({ secret: undefined, previousSecrets: [SECRET] }), "no_secret");
});

test("a secret that the scheme cannot read is an error, whatever it looks like", () => {
  for (const secret of ["whsec_é", `v1,${SECRET}`, `${SECRET}\n`, "not base64", "whsec_AAA", 7]) {
    assert.equal(kindOf({ secret }), "bad_secret", String(secret));
  }
  assert.throws(() => createVerifier({ secret: `v1,${SECRET}` }), /drop the "v1,"/);
  assert.throws(() => createVerifier({ secret: `${SECRET}\n` }), /white space or a line end/);
  const hexProfile = { ...PROFILES.codespar, secret_encoding: "hex" };
  assert.equal(kindOf({ secret: "0g", scheme: hexProfile }), "bad_secret");
  assert.equal(kindOf({ secret: "0aF0", scheme: hexProfile }), "none");
});

test("a text secret is taken as it is: blanks, line ends and other scripts", () => {
  for (const secret of [" ", "a\n", "segredo-ção", "秘密", "whsec_x"]) {
    assert.equal(kindOf({ secret, scheme: "codespar" }), "none");
  }
});

test("eight secrets are enough", () => {
  const previousSecrets = (count) => Array(count).fill(SECRET);
  assert.equal(kindOf({ secret: SECRET, previousSecrets: previousSecrets(7) }), "none");
  assert.equal(kindOf({ secret: SECRET, previousSecrets: previousSecrets(8) }), "bad_secret");
});

test("a profile is checked member by member", () => {
  const good = PROFILES.standard;
  const kind = (change) => kindOf({ secret: SECRET, scheme: { ...good, ...change } });
  assert.equal(kind({}), "none");
  for (const change of [
    { surprise: 1 }, { algorithm: "md5" }, { encoding: "base32" }, { signature_header: "a b" },
    { header_format: "free" }, { signed: ["id"] }, { signed: "body" }, { signed: ["body"] },
    { timestamp: { header: "t", format: "unix", required: true, signed: true, more: 1 } },
    { timestamp: null }, { id: null }, { id: { header: "x" } }, { type: ["body.type"] },
    { type: undefined }, { prefix: "v0=" }, { data: [7] },
  ]) {
    assert.equal(kind(change), "bad_profile", JSON.stringify(change));
  }
  assert.equal(kindOf({ secret: SECRET, scheme: null }, (o) => createVerifier({ ...o, scheme: 7 })),
    "bad_profile");
  for (const scheme of ["constructor", "__proto__", "Standard"]) {
    assert.equal(kindOf({ secret: SECRET, scheme }), "bad_profile");
  }
});

test("options are checked, and a misspelt one is an error", () => {
  const kind = (options) => kindOf({ secret: SECRET, ...options });
  assert.equal(kind({ tolerance: null, budget: 0, wait: 0 }), "none");
  for (const options of [
    { tolerance: NaN }, { tolerance: -1 }, { tolerance: "300" }, { maxBody: 0 }, { lease: 0 },
    { maxSignatures: 0 }, { onStoreError: "ignore" }, { unreadable: "drop" }, { tolerence: 1 },
    { onAny: 7 }, { handlers: { "order.created": 7 } }, { prefixes: { "": () => 0 } },
    { secretLookup: () => SECRET }, { secret: undefined, secretLookup: SECRET },
    { previousSecrets: "wxyz" }, { previousSecrets: null }, { enforceUnsignedTimestamp: "yes" },
    { gone: "no" }, { log: 5 }, { store: {} }, { store: 5 }, { clock: 5 }, { clock: {} },
    { handlers: 5 }, { prefixes: "order." },
  ]) {
    assert.equal(kind(options), "bad_option", inspect(options));
  }
});

test("one handler a type, and one a prefix", () => {
  const handle = () => undefined;
  const receiver = createReceiver({
    secret: SECRET, handlers: { "order.created": handle }, prefixes: { "order.": handle },
  });
  assert.throws(() => receiver.on("order.created", handle), { kind: "duplicate_handler" });
  assert.throws(() => receiver.onPrefix("order.", handle), { kind: "duplicate_handler" });
  receiver.on("__proto__", handle).on("constructor", handle);
  assert.throws(() => receiver.on("__proto__", handle), { kind: "duplicate_handler" });
});

test("no printing of a receiver or verifier shows the secret", () => {
  for (const made of [
    createReceiver({ secret: TEXT_SECRET, scheme: "github" }),
    createVerifier({ secret: TEXT_SECRET, scheme: "github" }),
  ]) {
    const shown = inspect(made, { depth: 9, showHidden: true }) + JSON.stringify(made);
    assert.ok(!shown.includes(TEXT_SECRET));
  }
});
