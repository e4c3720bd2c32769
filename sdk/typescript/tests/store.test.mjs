import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { memoryStore } from "@malote/receiver";
import { fileStore } from "@malote/receiver/node";
import { ManualClock } from "@malote/receiver/testing";
import { NOW } from "./harness.mjs";

async function makeDirectory(test) {
  const directory = await mkdtemp(join(tmpdir(), "malote-store-"));
  test.after(() => rm(directory, { recursive: true }));
  return directory;
}

const makers = {
  memory: (clock) => memoryStore({ clock }),
  file: async (clock, test) => fileStore(await makeDirectory(test), { clock, sync: false }),
};

for (const [name, make] of Object.entries(makers)) {
  const withStore = (title, body) => test(`${name} store: ${title}`, async (test) => {
    const clock = new ManualClock(NOW);
    await body(await make(clock, test), clock);
  });

  withStore("a claim is one's own until it is committed or aborted", async (store) => {
    assert.equal(await store.begin("a", 60), "acquired");
    assert.equal(await store.begin("a", 60), "in_flight");
    assert.equal(await store.begin("b", 60), "acquired");
    await store.abort("a");
    assert.equal(await store.begin("a", 60), "acquired");
    await store.commit("a", 600);
    assert.equal(await store.begin("a", 60), "done");
    await store.abort("a");
    assert.equal(await store.begin("a", 60), "done");
  });

  withStore("a claim whose lease ran out counts as none", async (store, clock) => {
    await store.begin("a", 60);
    clock.advance(59.999);
    assert.equal(await store.begin("a", 60), "in_flight");
    clock.advance(0.001);
    assert.equal(await store.begin("a", 60), "acquired");
  });

  withStore("a clock that went back makes no claim outlast its lease", async (store, clock) => {
    await store.begin("a", 60);
    clock.advance(-5000);
    assert.equal(await store.begin("a", 60), "in_flight");
    clock.advance(59);
    assert.equal(await store.begin("a", 60), "in_flight");
    clock.advance(1);
    assert.equal(await store.begin("a", 60), "acquired");
  });

  withStore("what is done is forgotten after the ttl", async (store, clock) => {
    await store.begin("a", 60);
    await store.commit("a", 600);
    clock.advance(599);
    assert.equal(await store.begin("a", 60), "done");
    clock.advance(1);
    assert.equal(await store.begin("a", 60), "acquired");
  });

  withStore("a clock that goes back frees nothing", async (store, clock) => {
    await store.begin("a", 60);
    await store.begin("b", 60);
    await store.commit("b", 600);
    clock.advance(-3600);
    assert.equal(await store.begin("a", 60), "in_flight");
    assert.equal(await store.begin("b", 60), "done");
  });

  withStore("of fifty at once one gets it", async (store) => {
    const claims = await Promise.all(Array.from({ length: 50 }, () => store.begin("a", 60)));
    assert.equal(claims.filter((claim) => claim === "acquired").length, 1);
    assert.equal(claims.filter((claim) => claim === "in_flight").length, 49);
  });

  withStore("of fifty that take over a dead claim one gets it", async (store, clock) => {
    await store.begin("a", 60);
    clock.advance(61);
    const claims = await Promise.all(Array.from({ length: 50 }, () => store.begin("a", 60)));
    assert.equal(claims.filter((claim) => claim === "acquired").length, 1);
  });

  withStore("keys are any text", async (store) => {
    for (const key of ["", "__proto__", "../../x", "a\n", "a/b", "é", "x".repeat(5000), "\0"]) {
      assert.equal(await store.begin(key, 60), "acquired", key);
      await store.commit(key, 60);
      assert.equal(await store.begin(key, 60), "done", key);
    }
  });
}

test("memory store: full, it forgets the oldest done key, and never a claim", () => {
  const clock = new ManualClock(NOW);
  const store = memoryStore({ maxKeys: 3, clock });
  store.begin("working", 60);
  for (const key of ["old", "new"]) {
    store.begin(key, 60);
    store.commit(key, 600);
  }
  assert.equal(store.begin("more", 60), "acquired");
  assert.equal(store.begin("working", 60), "in_flight");
  assert.equal(store.begin("new", 60), "done");
  assert.equal(store.begin("old", 60), "acquired"); // in place of "new"
  assert.throws(() => store.begin("another", 60), /3 claims/);
});

test("memory store: what has expired makes room", () => {
  const clock = new ManualClock(NOW);
  const store = memoryStore({ maxKeys: 2, clock });
  store.begin("a", 60);
  store.begin("b", 60);
  clock.advance(61);
  assert.equal(store.begin("c", 60), "acquired");
  assert.equal(store.begin("d", 60), "acquired");
});

test("file store: outlives the process, and torn lines are no lines", async (test) => {
  const directory = await makeDirectory(test);
  const clock = new ManualClock(NOW);
  const first = fileStore(directory, { clock });
  await first.begin("a", 60);
  await first.commit("a", 600);
  await first.begin("b", 60);
  const second = fileStore(directory, { clock });
  assert.equal(await second.begin("a", 60), "done");
  assert.equal(await second.begin("b", 60), "in_flight");
  await second.abort("b"); // not its claim
  assert.equal(await second.begin("b", 60), "in_flight");
  for (const file of await files(directory)) {
    await appendFile(file, "\ndone - 1776868200000 99999");
    assert.match(await readFile(file, "utf8"), /99999$/);
  }
  assert.equal(await second.begin("b", 60), "in_flight");
  await first.abort("b");
  assert.equal(await second.begin("b", 60), "acquired");
});

test("file store: a log that is nonsense counts as none", async (test) => {
  const directory = await makeDirectory(test);
  const store = fileStore(directory, { clock: new ManualClock(NOW) });
  await store.begin("a", 60);
  const [file] = await files(directory);
  await writeFile(file, "\0\0\0claim claim done\n");
  assert.equal(await store.begin("a", 60), "acquired");
});

test("file store: logs that have long been free are removed, others are not", async (test) => {
  const directory = await makeDirectory(test);
  const clock = new ManualClock(NOW);
  const store = fileStore(directory, { clock, sync: false });
  for (let i = 0; i < 40; i += 1) await store.begin(`claimed ${i}`, 60);
  await store.begin("done", 60);
  await store.commit("done", 100_000);
  clock.advance(60 + 3601);
  for (const folder of await readdir(directory)) await store.sweep(folder);
  assert.equal((await files(directory)).length, 1);
  assert.equal(await store.begin("done", 60), "done");
});

test("file store: of eight processes at once one gets each key", async (test) => {
  const directory = await makeDirectory(test);
  const outputs = await Promise.all(Array.from({ length: 8 }, () => claimInProcess(directory, 40)));
  const winners = outputs.flat();
  assert.equal(winners.length, 40);
  assert.equal(new Set(winners).size, 40);
});

async function claimInProcess(directory, count) {
  const code = `
    import { fileStore } from "@malote/receiver/node";
    const store = fileStore(process.argv[1], { sync: false });
    process.stdin.once("data", async () => {
      const won = [];
      for (let i = 0; i < ${count}; i += 1) {
        if (await store.begin("key " + i, 60) === "acquired") won.push(i);
      }
      console.log(JSON.stringify(won));
      process.exit();
    });
    console.log("ready");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code, directory], {
    cwd: import.meta.dirname ?? new URL(".", import.meta.url).pathname,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  for await (const chunk of child.stdout) {
    if (output === "") child.stdin.write("go");
    output += chunk;
  }
  return JSON.parse(output.replace("ready", ""));
}

async function files(directory) {
  const folders = await readdir(directory);
  const names = await Promise.all(folders.map(async (folder) =>
    (await readdir(join(directory, folder))).map((name) => join(directory, folder, name))));
  return names.flat();
}
