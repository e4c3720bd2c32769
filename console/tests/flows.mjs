// What people do, from one end to the other, in the browser.
import { API_KEY, check, equal, stripe_request } from "./harness.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });

function no_faults(page) {
  equal(page.faults, [], "faults in the browser");
}

async function sign_in_by_form(page) {
  await page.getByLabel("API key").fill(API_KEY);
  await button(page, "Sign in").click();
}

async function make_trigger({ browser, gateway, receiver, ids }) {
  const page = await browser.signed_in();
  await page.goto("/triggers");
  await page.getByRole("link", { name: "New trigger" }).first().click();
  await page.getByRole("button", { name: "Sample of payment.confirmed" }).click();
  await page.getByText("pay_example1001").first().waitFor();
  await page.getByLabel("payment.confirmed", { exact: true }).check();
  await page.getByLabel("order.*", { exact: true }).check();
  await button(page, "Next").click();
  await page.getByLabel("URL").fill("not a url");
  await page.getByLabel("Name").fill("orders");
  await page.locator("form").evaluate((form) => { form.noValidate = true; });
  await button(page, "Create and test").click();
  await page.getByRole("alert").first().waitFor();
  await page.getByLabel("URL").fill("http://127.0.0.1:1/nobody");
  await button(page, "Try it now").click();
  await page.locator(".trial").getByText("It failed").waitFor();
  await page.getByLabel("URL").fill(receiver.url);
  await button(page, "Try it now").click();
  await page.locator(".trial").getByText("It arrived").waitFor();
  await page.locator(".trial").getByText("thank you").waitFor();
  equal((await gateway.api("GET", "/v1/triggers")).data, [], "triggers before one is made");
  await button(page, "Create and test").click();
  await page.getByText(/whsec_/).first().waitFor();
  const keep = button(page, "Keep the trigger");
  check(await keep.isDisabled(), "a trigger can be kept before its secret is stored");
  receiver.status = 500;
  receiver.body = "<b>no</b> stock";
  await page.getByLabel("Event", { exact: true }).selectOption("payment.confirmed");
  await button(page, "Fire").click();
  const outcome = page.locator(".outcome").first();
  await outcome.getByText("500", { exact: true }).waitFor();
  await outcome.getByText("retrying").waitFor();
  await outcome.getByText("<b>no</b> stock").waitFor();
  receiver.status = 200;
  receiver.body = "fine now";
  await outcome.getByText("delivered").waitFor();
  await outcome.getByText("fine now").waitFor();
  await page.getByLabel("I have stored the secret").check();
  await keep.click();
  await page.getByRole("heading", { level: 1, name: "orders" }).waitFor();
  ids.trigger = new URL(page.url()).pathname.split("/").pop();
  check(!(await page.content()).includes("whsec_"), "the secret is still in the document");
  no_faults(page);
  await page.context().close();
}

async function redeliver_dead({ browser, gateway, receiver, ids }) {
  receiver.status = 503;
  // As text: a JavaScript number would lose the last digit on its way here already.
  const published = await gateway.api("POST", "/v1/events",
    '{"type":"order.created","data":{"order_id":"1003","total":150.10},' +
    '"external_reference":"r-1"}');
  const page = await browser.signed_in();
  await page.goto(`/events/${published.id}`);
  ids.event = published.id;
  await page.getByText("Attempt 2").waitFor();
  await page.locator(".attempts summary", { hasText: "Answer" }).first().click();
  await page.locator(".attempts .code-text").first().waitFor();
  await page.locator(".delivery .badge", { hasText: "dead" }).first().waitFor();
  await page.getByText("150.10").first().waitFor();
  await page.goto(`/triggers/${ids.trigger}?view=dead`);
  await page.getByRole("cell", { name: "order.created" }).waitFor();
  receiver.status = 200;
  await page.getByLabel("Error").fill("timeout");
  await page.getByText("No dead letter fits these filters").waitFor();
  await page.getByLabel("Error").fill("HTTP_503");
  await page.getByRole("cell", { name: "order.created" }).waitFor();
  await button(page, "Redeliver those that fit").click();
  await button(page, "Count first").click();
  await page.getByText("1 dead letter fits.").waitFor();
  const before = receiver.requests.length;
  await button(page, "Redeliver 1").click();
  await page.getByText("on their way again").waitFor();
  await page.goto(`/events/${published.id}`);
  await page.locator(".delivery .badge", { hasText: "delivered" }).waitFor();
  await page.getByText("2 deliveries").waitFor();
  check(receiver.requests.length > before, "nothing reached the receiver");
  await page.goto(`/triggers/${ids.trigger}?view=dead`);
  await button(page, "Redeliver those that fit").click();
  await button(page, "Count first").click();
  await page.getByText("1 more was sent again already.").waitFor();
  check(await button(page, "Redeliver 0").isDisabled(), "a dead letter can be sent twice");
  no_faults(page);
  await page.context().close();
}

async function pause_and_resume({ browser, gateway, ids }) {
  const page = await browser.signed_in();
  await page.goto(`/triggers/${ids.trigger}`);
  await button(page, "Pause").click();
  await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
  await page.getByText("by hand").waitFor();
  await gateway.api("POST", "/v1/events", { type: "order.created", data: { order_id: "1004" } });
  await button(page, "Resume and send 1 waiting").click();
  await button(page, "Pause").waitFor();
  await button(page, "New secret").click();
  await page.getByText("the old one ends at once").waitFor();
  await button(page, "Cancel").click();
  await gateway.api("PATCH", `/v1/triggers/${ids.trigger}`, { signature_scheme: "timestamped" });
  await page.reload();
  await button(page, "New secret").click();
  await page.getByLabel("Sign with the old secret, too, for").selectOption("3600");
  await page.getByRole("dialog").getByRole("button", { name: "New secret" }).click();
  await page.getByText(/whsec_/).waitFor();
  await page.keyboard.press("Escape");
  await page.getByText(/whsec_/).waitFor();
  await button(page, "I have stored it").click();
  await page.getByText(/whsec_/).waitFor({ state: "detached" });
  await page.getByText("Old secret signs until").waitFor();
  await page.getByRole("link", { name: "Settings" }).last().click();
  await page.getByLabel("Name").fill("orders renamed");
  await button(page, "Save").click();
  await page.getByRole("heading", { level: 1, name: "orders renamed" }).waitFor();
  no_faults(page);
  await page.context().close();
}

const STRIPE_EVENT = {
  id: "evt_test_1", object: "event", type: "payment_intent.succeeded", created: 1_700_000_000,
  livemode: false, data: { object: { id: "pi_1", amount_received: 4200, currency: "usd",
    metadata: { external_reference: "order-77" } } },
};

async function accept_refused({ browser, gateway, ids }) {
  const page = await browser.signed_in();
  await page.goto("/connections");
  await page.getByRole("link", { name: "New connection" }).first().click();
  await page.getByLabel("Search providers and events").fill("stripe");
  await page.getByRole("button", { name: /^Stripe/ }).click();
  await page.getByLabel("Name").fill("Stripe of the shop");
  await button(page, "Create").click();
  await page.getByText("Set up at Stripe").waitFor();
  await page.getByText(/whsec_…/).waitFor();
  ids.connection = new URL(page.url()).pathname.split("/").pop();
  await page.getByLabel("Webhook secret").fill("whsec_of_yesterday");
  await button(page, "Set the secret").click();
  await page.getByText("The webhook secret is set.").waitFor();
  const { body, headers } = stripe_request("whsec_of_today", STRIPE_EVENT);
  const answer = await fetch(`${gateway.url}/v1/webhooks/stripe/${ids.connection}`,
    { method: "POST", body, headers });
  equal(answer.status, 401, "the answer to a request with another secret");
  await page.getByText("the signature does not match", { exact: true }).first().click();
  await button(page, "Accept now").click();
  await page.getByText("Still refused").waitFor();
  await page.getByLabel("New webhook secret").fill("whsec_of_today");
  await page.getByLabel("The old secret stays valid for").selectOption("0");
  await button(page, "Set the secret").click();
  await page.getByText("this request passes").waitFor();
  await button(page, "Accept now").click();
  await page.getByText("Taken in: accepted.").waitFor();
  await page.getByRole("link", { name: "Its events" }).click();
  await page.getByRole("link", { name: "payment.confirmed" }).click();
  await page.getByText("Verified, content protected").waitFor();
  await page.getByText("order-77").first().waitFor();
  ids.provider_event = new URL(page.url()).pathname.split("/").pop();
  no_faults(page);
  await page.context().close();
}

async function connect_emulated({ gateway, emulator }) {
  const at = (id) => ({ api_base_url: `${emulator.url}/${id}` });
  const accounts = [["nuvem-fiscal", { client_id: "a", client_secret: "b" }],
    ["correios", { user: "a", token: "b" }], ["z-api", { instance_id: "a", token: "b" }]];
  for (const [server_id, secret] of accounts) {
    await gateway.api("POST", "/v1/connections",
      { server_id, secret, connection_metadata: at(server_id) });
  }
}

const LOOP = {
  name: "after_order",
  on: { event: "order.confirmed", when: { path: "event.data.total", gte: 10 } },
  steps: [
    { name: "invoice", tool: "codespar_invoice", params: { type: "nfe",
      total: "${event.data.total}", recipient: { name: "Maria", document: "52998224725" } },
    compensate: { tool: "nuvem-fiscal/cancel_nfe", params: { id: "${steps.invoice.data.id}",
      justificativa: "The order could not be shipped" } } },
    { name: "label", tool: "codespar_ship", params: { to_cep: "20040002", weight_kg: 0.5 } },
  ],
};

async function follow_run(world) {
  const { browser, gateway, emulator, ids } = world;
  await connect_emulated(world);
  const page = await browser.signed_in();
  await page.goto("/loops");
  await page.getByRole("button", { name: "New loop" }).first().click();
  await page.getByLabel("Definition").fill("{");
  await button(page, "Create").click();
  await page.getByText(/This is no JSON/).waitFor();
  await page.getByLabel("Definition").fill(JSON.stringify(LOOP));
  await button(page, "Create").click();
  await page.getByText("event.data.total ≥ 10").waitFor();
  await page.getByText("nuvem-fiscal/cancel_nfe").waitFor();
  ids.loop = new URL(page.url()).pathname.split("/").pop();
  const faults = [{ provider: "correios", path: "*", status: 422, times: 1 },
    { provider: "nuvem-fiscal", path: "*", status: 503, retry_after: 1, times: 1 }];
  await fetch(`${emulator.url}/_emulator/faults`,
    { method: "POST", body: JSON.stringify(faults) });
  const { id } = await gateway.api("POST", "/v1/events",
    '{"type":"order.confirmed","data":{"order_id":"9","total":150.10}}');
  await page.goto(`/events/${id}`);
  await page.getByRole("link", { name: "after_order" }).click();
  await page.getByText("failed at label").first().waitFor();
  ids.run = new URL(page.url()).pathname.split("/").pop();
  const steps = page.getByRole("list", { name: "Steps of after_order" });
  await steps.locator("details:not([open]) > summary").first().click();
  await steps.getByText("150.10").first().waitFor();
  await button(page, "Redrive").click();
  await page.getByRole("dialog").getByRole("button", { name: "Redrive" }).click();
  await page.locator(".page-title .badge", { hasText: "completed" }).waitFor();
  equal(await steps.locator(".badge", { hasText: "succeeded" }).count() >= 2, true,
    "both steps succeeded");
  no_faults(page);
  await page.context().close();
}

async function filter_and_follow({ browser, gateway, ids }) {
  const page = await browser.signed_in();
  await page.goto("/events");
  const rows = page.locator(".table-body [role=row]");
  await rows.first().waitFor();
  await page.getByLabel("Your reference").fill("r-1");
  await page.waitForURL(/external_reference=r-1/);
  await page.getByText("1 in all").waitFor();
  await button(page, "Clear filters").click();
  await page.getByLabel("State").selectOption("dead");
  await page.waitForURL(/state=dead/);
  await page.getByRole("link", { name: "order.created" }).first().waitFor();
  await page.getByLabel("State").selectOption("none");
  await page.getByRole("link", { name: "order.created" }).first()
    .waitFor({ state: "detached" });
  await button(page, "Clear filters").click();
  await page.getByLabel("Text in id").fill('ORDER_ID":"1003"');
  await page.waitForURL(/q=ORDER_ID/);
  await page.getByText("1 in all").waitFor();
  await page.getByLabel("Trigger", { exact: true }).selectOption(ids.trigger);
  await page.waitForURL(/trigger_id=/);
  await page.getByText("1 in all").waitFor();
  await button(page, "Clear filters").click();
  await page.getByLabel("Type").fill("inventory.*");
  await page.getByText("No event fits these filters").waitFor();
  await gateway.api("POST", "/v1/events",
    { type: "inventory.low_stock", data: { sku: "came-live" } });
  await page.getByRole("link", { name: "inventory.low_stock" }).waitFor();
  await page.goBack();
  no_faults(page);
  await page.context().close();
}

async function streamed({ browser }) {
  const page = await browser.signed_in();
  // What the gateway's stream sends; the page takes each message as a hint to read again.
  await page.route("**/v1/events/stream*", (route) => route.fulfill({
    contentType: "text/event-stream", body: "retry: 600000\nevent: event\nid: 1\ndata: {}\n\n" }));
  const reading = page.waitForRequest(/\/v1\/events\?/);
  await page.goto("/events");
  await reading;
  await page.waitForRequest(/\/v1\/events\?/);
  await page.locator('.live[title="New rows come by themselves"]').waitFor();
  no_faults(page);
  await page.context().close();
}

async function by_keyboard({ browser }) {
  const page = await browser.signed_in();
  await page.goto("/events");
  await page.locator("a.row-link").first().focus();
  await page.keyboard.press("ArrowDown");
  const second = await page.locator("a.row-link").nth(1).getAttribute("href");
  equal(await page.evaluate(() => document.activeElement.getAttribute("href")), second,
    "the arrow key goes to the next row");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**${second}`);
  await page.getByRole("button", { name: "Replay" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  check(await dialog.evaluate((element) => element.contains(document.activeElement)),
    "the focus is not in the dialog");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  equal(await page.evaluate(() => document.activeElement.textContent), "Replay",
    "the focus returns to the button");
  no_faults(page);
  await page.context().close();
}

async function numbers({ browser, gateway, ids }) {
  const page = await browser.signed_in();
  await gateway.api("PATCH", `/v1/triggers/${ids.trigger}`, { status: "paused" });
  const { total } = await gateway.api("GET", "/v1/stats");
  check(total.events > 3 && total.delivered > 1 && total.failed_attempts > 2 && total.dead > 0,
    `what the gateway counted: ${JSON.stringify(total)}`);
  await page.goto("/");
  const figure = (label) => page.locator(".figure", { hasText: label }).locator(".figure-value");
  await figure("Dead").filter({ hasText: new RegExp(`^${total.dead}$`) }).waitFor();
  equal(await figure("Accepted events").textContent(), String(total.events), "accepted events");
  await page.getByRole("link", { name: "orders renamed" }).waitFor();
  await page.getByText("by hand").waitFor();
  await gateway.api("PATCH", `/v1/triggers/${ids.trigger}`, { status: "active" });
  await page.goto("/settings?view=gateway");
  await page.getByText("Running since").waitFor();
  await page.getByText("synchronous=FULL").waitFor();
  no_faults(page);
  await page.context().close();
}

async function keys_in_settings({ browser, origin, ids }) {
  const page = await browser.signed_in();
  await page.goto("/settings?view=keys");
  await button(page, "New key").click();
  await page.getByRole("dialog").getByLabel("Name").fill("for reading");
  await button(page, "Create").click();
  const secret = page.locator(".secret code");
  await secret.waitFor();
  ids.read_key = await secret.textContent();
  await button(page, "I have stored it").click();
  const reader = await browser.signed_in({}, ids.read_key);
  for (const path of ["/triggers", `/triggers/${ids.trigger}`, "/connections",
    `/connections/${ids.connection}`, `/loops/${ids.loop}`, `/events/${ids.event}`]) {
    await reader.goto(path);
    await reader.getByRole("heading", { level: 1 }).waitFor();
    await reader.waitForLoadState("networkidle");
    const actions = await reader.locator("main button, main .button.primary").allTextContents();
    const forbidden = /New|Pause|Resume|Remove|Redeliver|Replay|Test-fire|Revoke|Accept|Run|Set /;
    equal(actions.filter((text) => forbidden.test(text)), [], `actions for a reader on ${path}`);
  }
  await reader.goto("/triggers");
  await page.goto("/settings?view=keys");
  await page.getByRole("button", { name: "Revoke “for reading”" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText("It stops working at once.").waitFor();
  await reader.goto("/events");
  await reader.waitForURL(`${origin}/sign-in?next=%2Fevents`);
  no_faults(page);
  await page.context().close();
  await reader.context().close();
}

export const flow_tests = {
  "sign-in refuses a wrong key, takes a right one and returns to the page": async ({ browser }) => {
    const page = await browser.open();
    await page.goto("/triggers?x=1");
    await page.waitForURL(/\/sign-in\?next=%2Ftriggers%3Fx%3D1/);
    await page.getByLabel("API key").fill("csk_test_wrong");
    await button(page, "Sign in").click();
    await page.getByText("does not know this key").waitFor();
    await sign_in_by_form(page);
    await page.waitForURL(/\/triggers\?x=1$/);
    await page.getByText("No triggers yet").waitFor();
    await button(page, "Sign out").click();
    await page.getByLabel("API key").waitFor();
    no_faults(page);
    await page.context().close();
  },
  "a new gateway shows the first steps": async ({ browser }) => {
    const page = await browser.signed_in();
    await page.goto("/");
    await page.getByText("First steps").waitFor();
    no_faults(page);
    await page.context().close();
  },
  "a trigger is made, test-fired, fails, is retried, arrives, is kept": make_trigger,
  "what died is counted and redelivered": redeliver_dead,
  "a trigger is paused, resumed, renamed and gets a new secret": pause_and_resume,
  "a refused request is accepted after the secret was mended": accept_refused,
  "a loop's run fails, is followed and redriven": follow_run,
  "events are filtered and come in live": filter_and_follow,
  "the overview and the settings show what the gateway counts": numbers,
  "a stream, where the gateway has one, takes the place of asking": streamed,
  "rows, pages and dialogs are reached by keyboard alone": by_keyboard,
  "a key that only reads is made, sees no action, and is revoked": keys_in_settings,
};
