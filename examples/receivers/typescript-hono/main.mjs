// Signed webhooks in Hono, on Node. On other runtimes leave out serve() and export the app.
import { appendFileSync } from "node:fs";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { memoryStore } from "@malote/receiver";
import { createWebhookHandler } from "@malote/receiver/hono";
import { fileStore } from "@malote/receiver/node";

const { PORT = "3000", MALOTE_WEBHOOK_SECRET, EFFECTS_FILE, STATE_DIR } = process.env;

// Your work goes here: it runs once per event, and again if it throws.
function handle(event) {
  if (EFFECTS_FILE) appendFileSync(EFFECTS_FILE, `${event.id} ${event.type}\n`);
}

const webhooks = createWebhookHandler({
  secret: MALOTE_WEBHOOK_SECRET,
  store: STATE_DIR ? fileStore(STATE_DIR) : memoryStore(),
  handlers: {
    "payment.confirmed": (event) => handle(event),
    "order.created": (event) => handle(event),
  },
  onUnhandled: (event) => handle(event),
});

const app = new Hono();
app.all("*", webhooks); // in an app with more routes: app.post("/webhooks", webhooks)

serve({ fetch: app.fetch, port: Number(PORT), hostname: "127.0.0.1" }, ({ port }) => {
  console.log(`listening on http://127.0.0.1:${port}`);
});
