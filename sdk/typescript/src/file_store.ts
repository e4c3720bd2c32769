/**
 * An idempotency store on a local disk, for any number of processes of one machine.
 *
 * Each key has a log of its own. Everybody appends a line, then reads the log from the start and
 * plays it: of several claims the one that stands first counts, and all readers see the same order,
 * since O_APPEND writes at the end whatever others do. (NFS does not promise that.) A torn line of
 * a crashed process is no line. An abort names its claim, so one that comes late undoes nothing.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { readClock, type Clock, type ClockOption } from "./clock.js";
import type { Claim, IdempotencyStore } from "./store.js";

export interface FileStoreOptions {
  clock?: ClockOption;
  /** Whether a commit waits until the disk has it. Default true; false survives crashes only. */
  sync?: boolean;
}

/** The directory is made if it is not there. Nothing else may live in it. */
export function fileStore(directory: string, options: FileStoreOptions = {}): IdempotencyStore {
  return new FileStore(directory, readClock(options.clock), options.sync ?? true);
}

/** A key's state, as its log tells it. Times in milliseconds since 1970. */
interface State {
  readonly done: boolean;
  /** Of the claim that counts; empty once it is aborted. */
  readonly token: string;
  readonly expires: number;
}

const FREE: State = { done: false, token: "", expires: -Infinity };
const SWEEP_EVERY = 64; // begins per look into one of the 256 folders
const SWEEP_AGE = 3600 * 1000; // after which nobody can be about to append to a log that is free

class FileStore implements IdempotencyStore {
  readonly #tokens = new Map<string, string>(); // of this process's claims
  #begins = 0;

  constructor(
    private readonly directory: string,
    private readonly clock: Clock,
    private readonly sync: boolean,
  ) {}

  async begin(key: string, lease: number): Promise<Claim> {
    this.#sweepSometimes();
    const now = this.clock.now();
    const token = randomBytes(8).toString("hex");
    return this.#withLog(key, async (log) => {
      const before = play(await log.readFile("utf8"), now);
      if (before.done) return "done";
      if (before !== FREE) {
        // A clock that was set back must not make a claim last longer than its lease.
        const until = now + lease * 1000;
        if (before.expires > until) await log.appendFile(line("limit", before.token, now, until));
        return "in_flight";
      }
      await log.appendFile(line("claim", token, now, now + lease * 1000));
      const after = play(await readAll(log), now);
      if (after.token !== token) return after.done ? "done" : "in_flight";
      this.#tokens.set(key, token);
      return "acquired";
    });
  }

  async commit(key: string, ttl: number): Promise<void> {
    const now = this.clock.now();
    this.#tokens.delete(key);
    await this.#withLog(key, async (log) => {
      await log.appendFile(line("done", "-", now, now + ttl * 1000));
      if (this.sync) await log.datasync();
    });
  }

  async abort(key: string): Promise<void> {
    const token = this.#tokens.get(key);
    if (token === undefined) return;
    this.#tokens.delete(key);
    const now = this.clock.now();
    await this.#withLog(key, (log) => log.appendFile(line("abort", token, now, now)));
  }

  async #withLog<T>(key: string, use: (log: FileHandle) => Promise<T>): Promise<T> {
    const name = createHash("sha256").update(key).digest("hex");
    const folder = join(this.directory, name.slice(0, 2));
    await mkdir(folder, { recursive: true });
    const log = await open(join(folder, name.slice(2)), "a+");
    try {
      return await use(log);
    } finally {
      await log.close();
    }
  }

  #sweepSometimes(): void {
    this.#begins += 1;
    if (this.#begins % SWEEP_EVERY !== 0) return;
    const folder = (this.#begins / SWEEP_EVERY) % 256;
    void this.sweep(folder.toString(16).padStart(2, "0")).catch(() => undefined); // next time, then
  }

  /** Removes the logs of one folder (00 to ff) that have been free for an hour. */
  async sweep(folder: string): Promise<void> {
    const path = join(this.directory, folder);
    const before = this.clock.now() - SWEEP_AGE;
    for (const name of await readdir(path)) {
      const file = join(path, name);
      if (play(await readFile(file, "utf8"), before) === FREE) await unlink(file);
    }
  }
}

type Word = "claim" | "limit" | "done" | "abort";

function line(what: Word, token: string, now: number, until: number): string {
  return `\n${what} ${token} ${Math.floor(now)} ${Math.floor(until)} .\n`;
}

const LINE = /^(claim|limit|done|abort) ([0-9a-f]{16}|-) (-?\d+) (-?\d+) \.$/;

/** The state after all lines, as of `now`: FREE if nothing holds any more. */
function play(log: string, now: number): State {
  let state = FREE;
  for (const text of log.split("\n")) {
    const [, what, token, at, until] = LINE.exec(text) ?? [];
    if (what === "done") state = { done: true, token: "", expires: Number(until) };
    if (what === "abort" && token === state.token) state = FREE;
    if (what === "limit" && token === state.token) state = { ...state, expires: Number(until) };
    if (what === "claim" && state.expires <= Number(at)) {
      state = { done: false, token: token!, expires: Number(until) };
    }
  }
  return state.expires > now ? state : FREE;
}

/** From the start, whatever has been read before. */
async function readAll(log: FileHandle): Promise<string> {
  const { size } = await log.stat();
  const bytes = Buffer.alloc(size);
  const { bytesRead } = await log.read(bytes, 0, size, 0);
  return bytes.toString("utf8", 0, bytesRead);
}
