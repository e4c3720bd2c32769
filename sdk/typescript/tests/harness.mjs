// What the tests share: a fixed time, signed requests, and real servers on ports of the system's.
import { createServer, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { serve as serveFetch } from "@hono/node-server";
import { createReceiver, createVerifier } from "@malote/receiver";

export const NOW = 1776868200;
export const SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
export const TEXT_SECRET = "a secret for tests only";
export const clock = () => NOW * 1000;

export function secretOf(scheme) {
  return scheme === "standard" ? SECRET : TEXT_SECRET;
}

export function eventBody(members = {}) {
  return JSON.stringify({ id: "evt_1", type: "order.created", data: { id: "ord_1" }, ...members });
}

/** Header pairs of a genuine request. */
export async function signed(body, { scheme = "standard", id = "msg_1", time = NOW } = {}) {
  const verifier = createVerifier({ scheme, secret: secretOf(scheme) });
  return [["Content-Type", "application/json"], ...await verifier.sign(id, time, body)];
}

/** A receiver at the fixed time whose log and errors are kept instead of printed. */
export function receiverOf(options = {}) {
  const [lines, errors] = [[], []];
  const receiver = createReceiver({
    secret: secretOf(options.scheme ?? "standard"),
    clock,
    log: (line) => lines.push(line),
    onError: (error) => void errors.push(error),
    ...options,
  });
  return Object.assign(receiver, { lines, errors });
}

/** One genuine delivery straight to `handle`. */
export async function deliver(receiver, body = eventBody(), options = {}) {
  const headers = await signed(body, options);
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const answer = await receiver.handle({ method: "POST", headers, body: bytes });
  return { ...answer, json: JSON.parse(answer.body) };
}

/** A server that ends with the test. */
export async function listen(test, listener) {
  return opened(test, createServer(listener));
}

export async function listenFetch(test, fetch) {
  return opened(test, serveFetch({ fetch, port: 0, hostname: "127.0.0.1" }));
}

async function opened(test, server) {
  if (!server.listening) {
    if (!server.address()) server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
  }
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return server.address().port;
}

/** Sends one request; `headers` are pairs, so that one can come twice. */
export function send(port, { method = "POST", path = "/", headers, body = "" }) {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, host: "127.0.0.1", method, path, agent: false });
    const grouped = new Map();
    for (const [name, value] of headers) {
      grouped.set(name, [...grouped.get(name) ?? [], value]);
    }
    for (const [name, values] of grouped) {
      request.setHeader(name, values.length === 1 ? values[0] : values);
    }
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({
        status: response.statusCode,
        headers: response.headers,
        text: Buffer.concat(chunks).toString(),
      }));
    });
    request.end(body);
  });
}

/** Writes `text` as it is, and gives the first of what comes back. */
export function sendRaw(port, text) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("no answer")));
    socket.on("data", (chunk) => {
      resolve(chunk.toString());
      socket.destroy();
    });
  });
}

/** A promise and the functions that settle it. */
export function deferred() {
  let settle;
  const promise = new Promise((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
}

/** Lets everything that can happen without time passing happen. */
export async function settled() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}
