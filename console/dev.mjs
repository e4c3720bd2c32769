// A stand-in for what the gateway does itself: serves dist/ with the strict policy, keeps sessions
// behind a cookie, and passes /v1 on to a running gateway.
//
//   MALOTE_URL=http://127.0.0.1:8080 PORT=5173 node console/dev.mjs
import http from "node:http";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const DIST = path.join(path.dirname(fileURLToPath(import.meta.url)), "dist");
const COOKIE = "malote_console";
const SESSION_MS = 12 * 3600 * 1000;
const MAX_SIGN_IN_BYTES = 4096;
const PASSED_ON = /^\/(v1\/|v1$|webhooks|healthz$|readyz$|metrics$)/;

const HEADERS = {
  "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; " +
    "img-src 'self' data:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'; " +
    "base-uri 'none'; form-action 'self'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
};
const KINDS = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json",
};

function answer_json(response, status, body, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store",
    ...headers });
  response.end(body === undefined ? "" : JSON.stringify(body));
}

const refuse = (response, status, code, message) =>
  answer_json(response, status, { error: code, code, message, status, request_id: "" });

async function answer_file(response, pathname) {
  // Only names that the bundler makes: no folders, no dots that lead upward.
  const asset = /^\/assets\/([A-Za-z0-9_-]+(?:\.[A-Za-z0-9]+)+)$/.exec(pathname);
  const file = asset ? path.join(DIST, "assets", asset[1]) : path.join(DIST, "index.html");
  if (pathname.startsWith("/assets/") && !asset) return refuse(response, 404, "not_found", "no");
  let content;
  try {
    content = await readFile(file);
  } catch {
    return refuse(response, 404, "not_found", "no such asset; run console/build");
  }
  response.writeHead(200, { ...HEADERS, "content-type": KINDS[path.extname(file)] ?? "text/plain",
    "cache-control": asset ? "public, max-age=31536000, immutable" : "no-cache" });
  response.end(content);
}

async function body_of(request, limit) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > limit) throw new Error("too large");
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/**
 * Sessions by the cookie's value: the key that was given, and the token that changes must
 * carry.
 */
class Sessions {
  #by_token = new Map();
  constructor(gateway) {
    this.gateway = gateway;
  }

  find(request) {
    const cookies = (request.headers.cookie ?? "").split(/;\s*/);
    const value = cookies.find((one) => one.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
    const session = this.#by_token.get(value);
    if (session && session.until < Date.now()) {
      this.#by_token.delete(value);
      return undefined;
    }
    return session;
  }

  async #describe(api_key) {
    const ask = (route) => fetch(this.gateway + route,
      { headers: { authorization: `Bearer ${api_key}` } });
    const who = await ask("/v1/whoami");
    if (!who.ok) return undefined;
    const { key, project } = await who.json();
    const keys = await ask("/v1/api-keys?limit=100");
    const named = keys.ok ? (await keys.json()).data.find((one) => one.id === key.id) : undefined;
    const writes = key.scopes.some((scope) => scope === "*" || !scope.endsWith(":read"));
    return { key: { ...key, name: named?.name, prefix: named?.prefix }, project,
      read_only: !writes };
  }

  async sign_in(request, response) {
    let api_key;
    try {
      api_key = JSON.parse(await body_of(request, MAX_SIGN_IN_BYTES)).api_key;
    } catch {
      return refuse(response, 400, "bad_request", "the body must be {\"api_key\": \"…\"}");
    }
    const known = typeof api_key === "string" && /^[\x21-\x7e]+$/.test(api_key)
      ? await this.#describe(api_key) : undefined;
    if (!known) return refuse(response, 401, "unauthorized", "this key is not known");
    const token = randomBytes(32).toString("base64url");
    const body = { csrf_token: randomBytes(32).toString("base64url"), ...known };
    this.#by_token.set(token, { token, api_key, body, until: Date.now() + SESSION_MS });
    return answer_json(response, 200, body,
      { "set-cookie": `${COOKIE}=${token}; Path=/; HttpOnly; SameSite=Strict` });
  }

  async show(session, response) {
    const known = session && await this.#describe(session.api_key);
    if (!known) return refuse(response, 401, "unauthorized", "nobody is signed in");
    session.body = { csrf_token: session.body.csrf_token, ...known };
    return answer_json(response, 200, session.body);
  }

  sign_out(session, response) {
    if (session) this.#by_token.delete(session.token);
    answer_json(response, 204, undefined,
      { "set-cookie": `${COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0` });
  }
}

function pass_on(gateway, session, request, response) {
  const headers = { ...request.headers, host: new URL(gateway).host };
  if (session) headers.authorization = `Bearer ${session.api_key}`;
  delete headers.cookie;
  delete headers["x-csrf-token"];
  const upstream = http.request(gateway + request.url, { method: request.method, headers },
    (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
  upstream.on("error", () => {
    if (!response.headersSent) refuse(response, 502, "unreachable", "the gateway does not answer");
    else response.destroy();
  });
  response.on("close", () => upstream.destroy());
  request.pipe(upstream);
}

async function handle(gateway, sessions, request, response) {
  const { pathname } = new URL(request.url, "http://any");
  if (!PASSED_ON.test(pathname)) return answer_file(response, pathname);
  const session = sessions.find(request);
  const route = `${request.method} ${pathname}`;
  if (route === "POST /v1/console/sign-in") return sessions.sign_in(request, response);
  if (route === "GET /v1/console/session") return sessions.show(session, response);
  const by_cookie = session && !request.headers.authorization;
  if (by_cookie && request.method !== "GET" &&
      request.headers["x-csrf-token"] !== session.body.csrf_token) {
    return refuse(response, 403, "csrf", "X-CSRF-Token is missing or wrong");
  }
  if (route === "POST /v1/console/sign-out") return sessions.sign_out(session, response);
  return pass_on(gateway, by_cookie ? session : undefined, request, response);
}

/** Starts the server; resolves to its address and how to stop it. */
export function serve({ gateway, port = 0 }) {
  const sessions = new Sessions(gateway);
  const server = http.createServer((request, response) => {
    handle(gateway, sessions, request, response).catch((error) => {
      console.error(error);
      if (!response.headersSent) refuse(response, 500, "internal", "see the log");
    });
  });
  // Longer than clients keep idle connections, or one is closed just as it is used again.
  server.keepAliveTimeout = 75_000;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve({
      url: `http://127.0.0.1:${server.address().port}`,
      stop: () => { server.closeAllConnections(); server.close(); },
    }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const gateway = process.env.MALOTE_URL ?? "http://127.0.0.1:8080";
  const { url } = await serve({ gateway, port: Number(process.env.PORT ?? 5173) });
  console.log(`dashboard at ${url}, gateway at ${gateway}`);
}
