// Signed webhooks on Node's own HTTP server.
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { memoryStore } from "@malote/receiver";
import { createWebhookHandler, fileStore } from "@malote/receiver/node";

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

const server = createServer(webhooks);
server.listen(Number(PORT), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
