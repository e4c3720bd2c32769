// As written for Whatalo's SDK on Hono; only the import's path is another.
import { Hono } from "hono";
import { createWebhookHandler } from "@malote/receiver/whatalo/hono";
import * as shop from "./shop.js";

const app = new Hono();

const handler = createWebhookHandler({
  secret: process.env.WHATALO_CLIENT_SECRET!,
  handlers: {
    "order.created": async (payload) => {
      await shop.processNewOrder(payload.data);
    },
    "customer.created": async (payload) => {
      await shop.syncCustomer(payload.data);
    },
  },
});

app.post("/api/webhooks", handler);

export default app;
