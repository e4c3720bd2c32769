// Sessions: several deliveries to one receiver, with a scripted handler, store and clock.
import { createVerifier, memoryStore, park, Receiver, retry } from "@malote/receiver";
import { ManualClock } from "@malote/receiver/testing";
import { matches, readOptions, readProfile } from "./setup.mjs";

const SECRETS = {
  utf8: "a secret for sessions only",
  "whsec-base64": "whsec_" + Buffer.from("a secret for sessions only").toString("base64"),
  hex: Buffer.from("a secret for sessions only").toString("hex"),
};
const SLOW = 1; // seconds: within every budget, and within the time a copy waits

export async function runSession(session, file) {
  const world = new World(session, file);
  const results = session.parallel
    ? await world.drive(session.steps.map((step) => world.take(step)))
    : await takeInTurn(world, session.steps);
  const steps = results.map(({ http, ran, duplicate }) => ({ http, ran, duplicate }));
  return { id: session.id, wrong: compare(session, results), observed: { steps } };
}

async function takeInTurn(world, steps) {
  const results = [];
  for (const step of steps) {
    world.clock.advance(step.advance_s ?? 0);
    if (step.delivery === undefined) continue; // time passes, and nothing else
    results.push(...await world.drive([world.take(step)]));
  }
  return results;
}

class World {
  constructor(session, file) {
    this.clock = new ManualClock(session.now ?? file.now);
    this.memory = memoryStore({ clock: this.clock });
    const profile = readProfile(file, session.profile, []);
    this.options = {
      ...readOptions({ ...file.defaults, ...session.options }),
      scheme: profile,
      secret: SECRETS[profile.secret_encoding],
      clock: this.clock,
      store: this.store(),
      onAny: (event) => this.mark(event),
      onUnhandled: (event) => this.act(this.stepOf.get(event.raw).step),
      onError: () => undefined,
    };
    this.profile = profile;
    this.stepOf = new Map(); // by the body's bytes, which are each delivery's own
    this.verifying = 0;
    this.start();
  }

  /** A process starts: its store is still there, its handlers are not. */
  start() {
    const verifier = createVerifier(this.options);
    this.sign = (id, body) => verifier.sign(id, Math.floor(this.clock.now() / 1000), body);
    this.receiver = new Receiver(this.options, {
      verify: async (headers, body) => {
        this.verifying += 1;
        try {
          return await verifier.verify(headers, body);
        } finally {
          this.verifying -= 1;
        }
      },
    });
  }

  store() {
    const whenUp = (work) => {
      if (this.isStoreDown) throw new Error("the store is down");
      return work();
    };
    return {
      begin: (key, lease) => whenUp(() => this.memory.begin(key, lease)),
      commit: (key, ttl) => whenUp(() => this.memory.commit(key, ttl)),
      abort: (key) => whenUp(() => this.memory.abort(key)),
    };
  }

  mark(event) {
    const running = this.stepOf.get(event.raw);
    running.ran = true;
    if (running.step.handler === "crash") running.crash();
  }

  act(step) {
    switch (step.handler ?? "ok") {
      case "ok": return undefined;
      case "throw": throw new Error("scripted");
      case "slow": return new Promise((resolve) => this.clock.after(SLOW, resolve));
      case "hang":
      case "crash": return new Promise(() => undefined);
      case "retry": return retry();
      case "park": return park("scripted");
      default: throw new Error(`unknown handler in the file: ${step.handler}`);
    }
  }

  /** One delivery; a crash loses the answer and the process, and keeps the store. */
  async take(step) {
    this.isStoreDown = step.store === "down";
    const body = Buffer.from(JSON.stringify(makeBody(this.profile, step)));
    const headers = [
      ["Content-Type", "application/json"],
      ...await this.sign(step.delivery, body),
      ...typeHeaders(this.profile),
    ];
    const running = { step, ran: false, crash: undefined };
    this.stepOf.set(body, running);
    const crashed = new Promise((resolve) => (running.crash = () => resolve(undefined)));
    const answer = await Promise.race([
      this.receiver.handle({ method: "POST", headers, body }), crashed,
    ]);
    if (!answer) this.start();
    const duplicate = answer !== undefined && JSON.parse(answer.body).duplicate === true;
    return { step, http: answer?.status ?? null, ran: running.ran, duplicate };
  }

  /** Lets time pass whenever nothing else can happen, until all have their answers. */
  async drive(work) {
    let done = false;
    const all = Promise.all(work).finally(() => (done = true));
    while (!done) {
      for (let turn = 0; turn < 20 && !done; turn += 1) await new Promise(setImmediate);
      if (!done && this.verifying === 0) this.clock.advanceToNext();
    }
    return all;
  }
}

/** An envelope that the profile's sources find. No two deliveries or entities have the same. */
function makeBody(profile, step) {
  const body = { session: { delivery: step.delivery, entity: step.entity ?? null } };
  set(body, profile.event_id, `evt_${step.delivery}`);
  set(body, profile.type, "session.step");
  set(body, profile.occurred_at, "2026-04-22T14:30:00Z");
  set(body, profile.data, { id: step.entity ?? "entity_1" });
  return body;
}

function set(body, sources, value) {
  const source = sources.find((each) => each.startsWith("body:/"));
  if (!source) return;
  const path = source.slice("body:/".length).split("/");
  const last = path.pop();
  let at = body;
  for (const name of path) at = at[name] ??= {};
  at[last] = value;
}

function typeHeaders(profile) {
  const names = profile.type.filter((each) => each.startsWith("header:"));
  return names.map((each) => [each.slice("header:".length), "session.step"]);
}

function compare(session, results) {
  const expected = session.steps.filter((step) => step.delivery !== undefined);
  // Of copies that come at once, which one is first is not said.
  const [wanted, got] = session.parallel
    ? [[...expected].sort(ranFirst), [...results].sort(ranFirst)]
    : [expected, results];
  const wrong = wanted.flatMap((step, index) => compareStep(step, got[index], index + 1));
  return wrong.join("; ");
}

function ranFirst(a, b) {
  return Number(b.ran ?? false) - Number(a.ran ?? false);
}

function compareStep(step, result, number) {
  const wrong = [];
  for (const name of ["http", "ran", "duplicate"]) {
    if (step[name] === undefined || matches(step[name], result[name])) continue;
    if (name === "http" && step.handler === "crash" && result.http === null) continue;
    wrong.push(`step ${number}: ${name} ${result[name]}, not ${JSON.stringify(step[name])}`);
  }
  return wrong;
}
