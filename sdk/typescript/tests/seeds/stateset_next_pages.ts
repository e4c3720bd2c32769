// pages/api/webhooks/stateset.ts
import { memoryStore } from "@malote/receiver";
import { createWebhookHandler } from "@malote/receiver/next-pages";
import { handleWebhookEvent } from "./stateset.js";

export const config = {
  api: {
    bodyParser: false,
  },
};

export default createWebhookHandler({
  scheme: "stateset",
  secret: process.env.STATESET_WEBHOOK_SECRET!,
  store: memoryStore(),
  onUnhandled: ({ payload: event }) => handleWebhookEvent(event),
});
