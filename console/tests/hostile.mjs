// What strangers may send, and what a browser may be tricked into.
import http from "node:http";
import { API_KEY, check, equal } from "./harness.mjs";

const CORPUS = [
  "<script>window.hacked=1</script>",
  "<img src=x onerror=window.hacked=1>",
  "\"><svg onload=window.hacked=1>",
  "'-window.hacked=1-'",
  "javascript:window.hacked=1",
  "</pre></code><iframe srcdoc=\"<script>parent.hacked=1</script>\"></iframe>",
  "{{constructor.constructor('window.hacked=1')()}}",
  "${window.hacked=1}",
  "<a href=\"javascript:window.hacked=1\">click</a>",
  "<form action=https://evil.example><button>Sign in</button></form>",
  "<style>*{display:none}</style>",
  "\u202Edesrever \u0000 \u001b[31m",
  "__proto__", "constructor", "{count}", "{name}",
];
const ALL = CORPUS.join(" ");

/** Nothing ran, nothing was made of the text, and it can be read as it is. */
async function harmless(page, where, sees) {
  if (sees) await page.getByText(sees, { exact: false }).first().waitFor({ state: "attached" });
  const made = await page.evaluate(() => ({
    hacked: window.hacked ?? null,
    elements: document.querySelectorAll(
      "img, iframe, form[action], a[href^='javascript'], main style, body script").length,
  }));
  equal(made, { hacked: null, elements: 0 }, `what the corpus did on ${where}`);
  equal(page.faults, [], `faults on ${where}`);
}

async function show_corpus({ browser, gateway, receiver }) {
  receiver.status = 200;
  receiver.body = ALL;
  receiver.headers = { "x-hostile": CORPUS[1] };
  const named = (index) => CORPUS[index % 11].slice(0, 100);
  const trigger = await gateway.api("POST", "/v1/triggers", {
    name: named(1), events: ["return.*"], webhook_url: `${receiver.url}?%3Cimg%20src=x%3E`,
    headers: { "x-mine": CORPUS[1] },
  });
  const connection = await gateway.api("POST", "/v1/connections",
    { server_id: "stripe", webhook_secret: "whsec_a", display_name: named(1) });
  await fetch(`${gateway.url}/v1/webhooks/stripe/${connection.id}`, { method: "POST", body: ALL,
    headers: { "x-strange": CORPUS[1], "stripe-signature": CORPUS[1] } });
  const loop = await gateway.api("POST", "/v1/loops", {
    name: named(1), on: { event: "return.created", when: { path: "event.data.x", ne: CORPUS[0] } },
    steps: [{ name: "message", tool: "codespar_notify",
      params: { channel: "whatsapp", to: "11987654321", message: "${event.data.text}" } }] });
  const data = { text: ALL, __proto__x: CORPUS, nested: Object.fromEntries(
    CORPUS.map((text) => [text, text])) };
  const { id } = await gateway.api("POST", "/v1/events",
    { type: "return.created", data, external_reference: CORPUS[1] });
  const failing = await gateway.api("POST", "/v1/triggers", { name: "error text",
    events: ["return.created"], webhook_url: "http://127.0.0.1:1/x" });
  const page = await browser.signed_in();
  await page.goto("/events");
  await harmless(page, "the list of events", CORPUS[1]);
  await page.goto(`/events/${id}`);
  await harmless(page, "an event's story", "desrever");
  // What is opened may hold more that is closed.
  const closed = page.locator("main details:not([open]) > summary");
  await page.locator(".attempts").first().waitFor();
  while (await closed.count() > 0) await closed.first().click();
  await harmless(page, "an event's headers and answers", "x-mine");
  for (const path of ["/", "/triggers", "/connections", "/loops"]) {
    await page.goto(path);
    await harmless(page, path, path === "/" ? undefined : CORPUS[1]);
  }
  for (const view of ["performance", "deliveries", "dead", "receiver", "settings"]) {
    await page.goto(`/triggers/${trigger.id}?view=${view}`);
    await harmless(page, `a trigger's ${view}`, CORPUS[1]);
  }
  await page.goto(`/connections/${connection.id}`);
  await page.locator(".refused summary").first().click();
  await harmless(page, "a refused request", "x-strange");
  await page.goto(`/loops/${loop.id}`);
  await harmless(page, "a loop", CORPUS[1]);
  const [run] = (await gateway.api("GET", `/v1/runs?loop_id=${loop.id}`)).data;
  await page.goto(`/runs/${run.id}`);
  await page.locator("details summary").first().click();
  await harmless(page, "a run", CORPUS[1]);
  for (const text of CORPUS.slice(0, 6)) {
    await page.goto(`/events?q=${encodeURIComponent(text)}&type=${encodeURIComponent(text)}`);
    await harmless(page, "filters from the address");
    await page.goto(`/events/${encodeURIComponent(text)}`);
    await harmless(page, "an id from the address", undefined);
  }
  await page.context().close();
  for (const made of [trigger, failing]) await gateway.api("DELETE", `/v1/triggers/${made.id}`);
  receiver.headers = {};
}

async function huge_payload({ browser, gateway }) {
  const words = Array.from({ length: 200_000 }, (_, index) => `word ${index} <b>`);
  const data = { words, one: "x".repeat(5_000_000), last: "the-last-word" };
  const { id } = await gateway.api("POST", "/v1/events", { type: "product.updated", data });
  const page = await browser.signed_in();
  await page.goto(`/events/${id}`);
  await page.getByText("word 0 <b>").first().waitFor();
  const nodes = () => page.evaluate(() => document.querySelectorAll("*").length);
  check(await nodes() < 4000, `${await nodes()} elements for the preview`);
  await page.getByRole("button", { name: /^Show all/ }).first().click();
  const view = page.locator(".code-scroll").first();
  await view.waitFor();
  await view.evaluate((element) => { element.scrollTop = element.scrollHeight; });
  await page.getByText("the-last-word").first().waitFor();
  check(await nodes() < 4000, `${await nodes()} elements for all of it`);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as a file" }).first().click();
  equal((await download).suggestedFilename(), `${id}.json`, "the file's name");
  equal(page.faults, [], "faults");
  await page.context().close();
}

async function scroll_thousands({ browser, gateway }) {
  for (let batch = 0; batch < 3; batch++) {
    const events = Array.from({ length: 1000 }, (_, index) =>
      ({ type: "customer.created", data: { n: batch * 1000 + index } }));
    await gateway.api("POST", "/v1/events", { events });
  }
  const page = await browser.signed_in();
  await page.goto("/events?type=customer.created&live=off");
  const table = page.getByRole("table");
  await table.waitFor();
  for (let turn = 0; turn < 400; turn++) {
    const count = Number(await table.getAttribute("aria-rowcount"));
    if (count > 3000) break;
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.waitForFunction((known) =>
      Number(document.querySelector("[role=table]").getAttribute("aria-rowcount")) > known, count);
  }
  equal(await table.getAttribute("aria-rowcount"), "3001", "rows that the table knows");
  const drawn = await page.locator(".table-body [role=row]").count();
  check(drawn < 80, `${drawn} rows are in the document`);
  equal(page.faults, [], "faults");
  await page.context().close();
}

/** A request exactly as written: no client in between that would tidy the path. */
function raw(origin, path, headers = { accept: "text/html" }) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, path, headers }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers,
        body: Buffer.concat(parts).toString() }));
    });
    request.on("error", reject);
    request.end();
  });
}

async function path_tricks({ origin }) {
  const tricks = ["/assets/../dev.mjs", "/assets/../../package.json", "/assets/%2e%2e/dev.mjs",
    "/assets/..%2f..%2fpackage.json", "/assets/%2e%2e%2f%2e%2e%2fdev.mjs", "/assets//etc/passwd",
    "/assets/..\\..\\package.json", "/assets/%00", "/assets/.", "/assets/", "/assets/%252e%252e/x",
    "/../package.json", "/..%2fpackage.json", "/etc/passwd"];
  for (const trick of tricks) {
    const { status, body } = await raw(origin, trick);
    const page_or_no = status >= 400 || body.includes('<div id="app">');
    check(page_or_no && !body.includes("playwright") && !body.includes("root:"),
      `${trick} is answered ${status} ${body.slice(0, 60)}`);
  }
}

async function policy({ origin }) {
  for (const path of ["/", "/events/evt_x", "/sign-in"]) {
    const { status, headers } = await raw(origin, path);
    equal(status, 200, `the page at ${path}`);
    const policy = headers["content-security-policy"] ?? "";
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'",
      "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]) {
      check(policy.includes(part), `the policy lacks ${part}: ${policy}`);
    }
    check(!/unsafe|\*|https?:/.test(policy), `the policy is loose: ${policy}`);
    equal(headers["x-content-type-options"], "nosniff", "sniffing");
  }
  const { body } = await raw(origin, "/");
  check(!/<script>|<style|style=|\son\w+=/.test(body), "index.html has inline code or style");
}

async function forged_requests({ browser, origin, ids }) {
  const page = await browser.open();
  const answer = await page.request.post("/v1/console/sign-in", { data: { api_key: API_KEY } });
  const cookie = answer.headers()["set-cookie"];
  for (const part of ["HttpOnly", "SameSite=Strict", "Path=/"]) {
    check(cookie.toLowerCase().includes(part.toLowerCase()), `the cookie lacks ${part}`);
  }
  const target = `/v1/triggers/${ids.trigger}`;
  const patch = (headers) => page.request.patch(target, { data: { status: "paused" }, headers });
  equal((await patch({})).status(), 403, "a change without the token");
  equal((await patch({ "x-csrf-token": "guessed" })).status(), 403, "a change with a wrong token");
  const { csrf_token } = await answer.json();
  const rename = await page.request.patch(target,
    { data: { name: "orders" }, headers: { "x-csrf-token": csrf_token } });
  equal(rename.status(), 200, "a change with the token");
  await page.goto("/");
  equal(await page.evaluate(() => document.cookie), "", "what scripts see of the cookie");
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  check(!stored.includes(API_KEY) && !stored.includes(csrf_token), "a secret is in the storage");
  // A site of somebody else: another host name for the same machine.
  const other = origin.replace("127.0.0.1", "localhost");
  const framed = await page.context().newPage();
  await framed.goto("about:blank");
  await framed.setContent(`<iframe src="${other}/"></iframe>`);
  await framed.waitForLoadState("networkidle");
  const inside = framed.frames().map((frame) => frame.url());
  const drawn = await Promise.all(framed.frames().slice(1).map(
    (frame) => frame.locator("#app").count().catch(() => 0)));
  equal(drawn.filter((count) => count > 0), [], `drawn in a frame: ${inside}`);
  await page.context().close();
}

async function ended_session({ browser, origin }) {
  const page = await browser.signed_in();
  await page.goto("/triggers");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.context().clearCookies();
  await page.getByRole("link", { name: "Connections" }).click();
  await page.waitForURL(`${origin}/sign-in?next=%2Fconnections`);
  await page.goto("/sign-in?next=//evil.example/x");
  await page.getByLabel("API key").fill(API_KEY);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(`${origin}/`);
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  equal(page.faults, [], "faults");
  await page.context().close();
}

async function wrong_clock({ browser }) {
  const page = await browser.signed_in();
  await page.clock.setSystemTime(new Date(Date.now() + 5 * 3_600_000));
  await page.goto("/events?live=off");
  await page.getByText("clock and the gateway's differ").waitFor();
  const shown = await page.locator("time").first().textContent();
  check(/^\d\d:\d\d:\d\d$/.test(shown), `an event of today is shown as ${shown}`);
  await page.goto("/triggers");
  const ran = await page.locator(".table-body time").first().textContent();
  check(!/hour/.test(ran), `a trigger that just ran is said to have run ${ran}`);
  await page.context().close();
}

async function gateway_gone({ browser }) {
  const page = await browser.signed_in();
  await page.goto("/triggers");
  await page.locator(".table-body [role=row]").first().waitFor();
  await page.route("**/v1/connections?*", (route) => route.abort());
  await page.getByRole("link", { name: "Connections" }).click();
  await page.getByText("The gateway does not answer").waitFor();
  await page.unroute("**/v1/connections?*");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("table").waitFor();
  await page.goto("/events/evt_unknown");
  await page.getByText("There is no such thing here").waitFor();
  await page.goto("/no/such/page");
  await page.getByText("Nothing is at this address").waitFor();
  equal(page.faults, [], "faults");
  await page.context().close();
}

export const hostile_tests = {
  "a hostile corpus in every stored field is text and nothing else": show_corpus,
  "a payload of ten megabytes keeps the page small": huge_payload,
  "three thousand rows are scrolled with few in the document": scroll_thousands,
  "paths that climb out of the assets lead nowhere": path_tricks,
  "the policy is strict and the page has nothing inline": policy,
  "forged requests, frames and scripts get nothing from the cookie": forged_requests,
  "a session that ended leads to sign-in, and from there only into this site": ended_session,
  "a browser whose clock is wrong shows the gateway's ages": wrong_clock,
  "a gateway that is gone, an unknown id and an unknown page are said so": gateway_gone,
};
