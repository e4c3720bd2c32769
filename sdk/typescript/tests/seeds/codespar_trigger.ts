// A trigger's endpoint: what it did by hand with the delivery id, the store does.
import { memoryStore } from "@malote/receiver";
import { createWebhookHandler } from "@malote/receiver/fetch";
import * as shop from "./shop.js";

export const POST = createWebhookHandler({
  scheme: "codespar",
  secret: process.env.CODESPAR_TRIGGER_SECRET!,
  store: memoryStore(),
  onUnhandled: async ({ payload: event }) => {
    await shop.processEvent(event);
  },
});
