// As written for Whatalo's SDK on Express, its global parser included; only the import's path is
// another.
import express from "express";
import { createWebhookHandler } from "@malote/receiver/whatalo/express";
import * as shop from "./shop.js";

export const app = express();

const handler = createWebhookHandler({
  secret: process.env.WHATALO_CLIENT_SECRET!,
  handlers: {
    "order.created": async (payload) => {
      await shop.processNewOrder(payload.data);
    },
  },
});

app.use((req, res, next) => {
  if (req.path === "/api/webhooks") return next();
  express.json()(req, res, next);
});

app.post("/api/webhooks", handler);
