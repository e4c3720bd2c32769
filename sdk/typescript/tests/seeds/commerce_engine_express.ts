// The Express route, express.raw() included, with its work queued: the queue is awaited here.
import express from "express";
import { memoryStore } from "@malote/receiver";
import { createWebhookHandler } from "@malote/receiver/express";
import * as shop from "./shop.js";

export const app = express();

const handler = createWebhookHandler({
  scheme: "commerce-engine",
  secret: process.env.CE_WEBHOOK_SECRET!,
  store: memoryStore(),
  onUnhandled: ({ payload: event }) => queueWebhookProcessing(event),
});

app.post("/webhooks/ce", express.raw({ type: "application/json" }), handler);

async function queueWebhookProcessing(event: any) {
  await shop.enqueue(event.event_type, event.data);
}
