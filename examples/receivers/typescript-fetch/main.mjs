// Signed webhooks as a function from Request to Response: `export const POST = webhooks` in Next's
// App Router, `Deno.serve(webhooks)`, `export default { fetch: webhooks }` in Bun and Workers. On
// Node something has to make a Request of what comes; here @hono/node-server does.
import { appendFileSync } from "node:fs";
import { serve } from "@hono/node-server";
import { memoryStore } from "@malote/receiver";
import { createWebhookHandler } from "@malote/receiver/fetch";
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

serve({ fetch: webhooks, port: Number(PORT), hostname: "127.0.0.1" }, ({ port }) => {
  console.log(`listening on http://127.0.0.1:${port}`);
});
