// Signed webhooks in Express, 4 or 5.
import { appendFileSync } from "node:fs";
import express from "express";
import { memoryStore } from "@malote/receiver";
import { createWebhookHandler } from "@malote/receiver/express";
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

const app = express();
// In an app with more routes: app.post("/webhooks", webhooks), before app.use(express.json()).
app.use(webhooks);

const server = app.listen(Number(PORT), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
