// The package as a whole: its runner, its two ways of hashing, and what the core may import.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const runner = join(root, "tests/conformance/main.mjs");
const sessions = join(root, "tests/conformance/sessions.json");
const vectors = join(root, "../../data/vectors/receivers.json");

function run(args) {
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  return { status, lines: stdout.trim().split("\n") };
}

test("the sessions pass", () => {
  const { status, lines } = run([runner, sessions]);
  assert.deepEqual([status, lines.at(-1)], [0, "10 passed, 0 failed"]);
});

// Node 18 has WebCrypto, but not in its usual place.
const WEB = [
  "--conditions=workerd", ...(globalThis.crypto ? [] : ["--experimental-global-webcrypto"]),
];

test("the vectors pass on WebCrypto as well as on node:crypto", () => {
  for (const flags of [[], WEB]) {
    const { status, lines } = run([...flags, runner, vectors]);
    assert.equal(status, 0, lines.filter((line) => line.startsWith("FAILED")).join("\n"));
    assert.match(lines.at(-1), /^\d{3,} passed, 0 failed$/);
  }
});

test("--conditions=workerd is WebCrypto indeed", () => {
  const code = 'import { hmacKey } from "#hmac"; console.log(hmacKey(new Uint8Array(1)).mac([]))';
  const file = join(root, "build/which.mjs");
  return writeFile(file, code).then(() => {
    assert.match(run([...WEB, file]).lines[0], /^Promise/);
    assert.match(run([file]).lines[0], /^Uint8Array/);
  });
});

test("the runner fails where the expectation is another", async (test) => {
  const directory = await mkdtemp(join(tmpdir(), "malote-runner-"));
  test.after(() => rm(directory, { recursive: true }));
  const file = JSON.parse(await readFile(vectors, "utf8"));
  const valid = file.cases.find(({ expect }) => expect.event);
  const change = (expect) => ({ ...valid, id: JSON.stringify(expect), expect });
  const wrong = [
    { http: 401 }, { http: [500, 503] }, { verify: "no_secret" }, { matched_secret: 1 },
    { event: { type: "x" } }, { event: { event_id: "" } }, { dispatch: "unhandled" }, { odd: 1 },
  ];
  const step = { delivery: "A", handler: "ok", http: 200, ran: true };
  const cases = wrong.map((part) => change({ ...valid.expect, ...part }));
  const wrongSteps = [{ http: 503 }, { ran: false }, { duplicate: true }, { handler: "odd" }];
  const list = wrongSteps.map((part) =>
    ({ id: JSON.stringify(part), profile: "standard", steps: [{ ...step, ...part }] }));
  const path = join(directory, "wrong.json");
  await writeFile(path, JSON.stringify({ ...file, cases: [valid, ...cases], sessions: list }));
  const { status, lines } = run([runner, path]);
  assert.equal(status, 1);
  assert.equal(lines.at(-1), `1 passed, ${wrong.length + wrongSteps.length} failed`);
});

test("--json tells what was observed", () => {
  const { lines } = run([runner, vectors, "--json"]);
  const first = JSON.parse(lines[0]);
  assert.deepEqual(Object.keys(first).slice(0, 6),
    ["id", "verify", "http", "dispatch", "matched_secret", "event"]);
});

const NODE_FILES = new Set([
  "node.js", "node_http.js", "express.js", "next_pages.js", "file_store.js", "hmac.node.js",
  "whatalo/express.js", "whatalo/webhooks.js",
]);

test("the core imports nothing of Node, and nobody else's packages", async () => {
  const dist = join(root, "dist");
  const files = (await readdir(dist, { recursive: true })).filter((name) => name.endsWith(".js"));
  assert.ok(files.length > 25);
  for (const name of files) {
    const text = await readFile(join(dist, name), "utf8");
    const imports = [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map(([, path]) => path);
    const foreign = imports.filter((path) => !/^(\.|#hmac$)/.test(path));
    if (NODE_FILES.has(name)) assert.ok(foreign.every((path) => path.startsWith("node:")), name);
    else assert.deepEqual(foreign, [], name);
    const local = imports.map((path) => path.replace(/^(\.\.?\/)+/, ""));
    if (!NODE_FILES.has(name)) assert.ok(!local.some((path) => NODE_FILES.has(path)), name);
  }
});

test("generated code is what its data says", () => {
  const { status } = spawnSync("python3", [join(root, "../generate.py"), "--check"]);
  assert.equal(status, 0);
});
