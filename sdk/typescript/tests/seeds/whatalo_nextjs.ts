// app/api/webhooks/route.ts as written for Whatalo's SDK; only the import's path is another.
import { createWebhookHandler } from "@malote/receiver/whatalo/nextjs";
import * as shop from "./shop.js";

export const POST = createWebhookHandler({
  secret: process.env.WHATALO_CLIENT_SECRET!,
  handlers: {
    "order.created": async (payload) => {
      await shop.processNewOrder(payload.data);
    },
    "order.status_changed": async (payload) => {
      await shop.statusChanged(payload.data);
    },
    "product.updated": async (payload) => {
      await shop.productChanged(payload.data);
    },
    "app.installed": async (payload) => {
      await shop.provisionMerchant(payload.store);
    },
    "app.uninstalled": async (payload) => {
      await shop.cleanupMerchant(payload.store);
    },
  },
  onUnhandledEvent: async (event, payload) => {
    await shop.unhandled(`${event} ${payload.id} ${payload.timestamp}`);
  },
});
