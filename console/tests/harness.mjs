// What the tests need: a gateway on a fresh store, an emulator of providers, a receiver that
// answers as it is told, and a browser in which nothing may go wrong unseen.
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import http from "node:http";
import net from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";
import { serve } from "../dev.mjs";

export const API_KEY = "csk_test_console_tests";
const WAIT_MS = 15_000;

async function free_port() {
  const server = net.createServer();
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const { port } = server.address();
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}

/** Asks until `url` answers 200; the program's own output is in the error if it never does. */
async function until_up(url, program) {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const up = await fetch(url).then((answer) => answer.ok, () => false);
    if (up) return;
    if (program.exitCode !== null || Date.now() > deadline) {
      throw new Error(`${url} does not answer\n${program.output.join("")}`);
    }
    await new Promise((resolve) => { setImmediate(resolve); });
  }
}

function start(args, environment) {
  const program = spawn(path.resolve(process.env.MALOTE_BIN), args,
    { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  program.output = [];
  for (const stream of [program.stdout, program.stderr]) {
    stream.on("data", (data) => program.output.push(String(data)));
  }
  return program;
}

function stop(program) {
  if (program.exitCode !== null) return Promise.resolve();
  const gone = new Promise((resolve) => { program.once("exit", resolve); });
  program.kill("SIGTERM");
  return gone;
}

/** Short gaps, so that a failing delivery is tried again and given up within a test. */
const CONFIG = `
[http]
max_body_bytes = 16000000
[deliveries]
retry_schedule = ["1s", "1s"]
`;

export async function start_gateway() {
  const folder = await mkdtemp(path.join(os.tmpdir(), "malote-console-"));
  const config = path.join(folder, "malote.toml");
  await writeFile(config, CONFIG);
  const url = `http://127.0.0.1:${await free_port()}`;
  const program = start(
    ["serve", "--dev", "--config", config, "--listen", url.slice(7),
      "--data", path.join(folder, "data")],
    { MALOTE_API_KEY: API_KEY });
  await until_up(`${url}/readyz`, program);
  const api = async (method, route, body, headers = {}) => {
    const answer = await fetch(url + route, {
      method, body: typeof body === "object" ? JSON.stringify(body) : body,
      headers: { authorization: `Bearer ${API_KEY}`, ...headers },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  return {
    url, api,
    stop: async () => {
      await stop(program);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function start_emulator() {
  const url = `http://127.0.0.1:${await free_port()}`;
  const program = start(["emulate", "--listen", url.slice(7)], {});
  await until_up(`${url}/_emulator/state`, program);
  return { url, stop: () => stop(program) };
}

/** Answers every POST with `status` and `body`, which tests change; keeps what came. */
export async function start_receiver() {
  const receiver = { status: 200, body: "thank you", headers: {}, requests: [] };
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      receiver.requests.push({ headers: request.headers, body: Buffer.concat(parts) });
      response.writeHead(receiver.status, { "content-type": "text/html", ...receiver.headers });
      response.end(receiver.body);
    });
  });
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  receiver.url = `http://127.0.0.1:${server.address().port}/hooks`;
  receiver.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return receiver;
}

/** The dashboard: the binary's own with CONSOLE_ORIGIN=binary, else by the development server. */
export async function start_console(gateway) {
  if (process.env.CONSOLE_ORIGIN === "binary") return { url: gateway.url, stop: () => undefined };
  return serve({ gateway: gateway.url });
}

/** A Stripe webhook as Stripe would sign it. */
export function stripe_request(secret, event) {
  const body = JSON.stringify(event);
  const at = Math.floor(Date.now() / 1000);
  const proof = createHmac("sha256", secret).update(`${at}.${body}`).digest("hex");
  return { body, headers: { "content-type": "application/json",
    "stripe-signature": `t=${at},v1=${proof}` } };
}

const EXPECTED = [
  // The browser logs each answer that is no 2xx; which of them may occur is for the tests to say.
  /Failed to load resource/,
];

export async function start_browser(origin) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  /** A page of its own context; `faults` collects script errors, dialogs and policy violations. */
  const open = async (options = {}) => {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 860 }, locale: "en", timezoneId: "America/Sao_Paulo",
      baseURL: origin, ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    page.faults = [];
    page.on("pageerror", (error) => page.faults.push(`script: ${error.message}`));
    page.on("dialog", (dialog) => {
      page.faults.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on("console", (message) => {
      const text = message.text();
      const bad = message.type() === "error" || message.type() === "warning";
      if (bad && !EXPECTED.some((one) => one.test(text))) page.faults.push(`console: ${text}`);
    });
    page.on("request", (request) => {
      const { protocol, origin: to } = new URL(request.url());
      if (!["data:", "blob:"].includes(protocol) && to !== origin) {
        page.faults.push(`request to another origin: ${request.url()}`);
      }
    });
    return page;
  };
  const signed_in = async (options = {}, api_key = API_KEY) => {
    const page = await open(options);
    const answer = await page.request.post("/v1/console/sign-in", { data: { api_key } });
    if (!answer.ok()) throw new Error(`sign-in: ${answer.status()}`);
    return page;
  };
  return { open, signed_in, stop: () => browser.close() };
}

export function check(condition, what) {
  if (!condition) throw new Error(what);
}

export function equal(given, wanted, what) {
  const [a, b] = [JSON.stringify(given), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: ${a} instead of ${b}`);
}
