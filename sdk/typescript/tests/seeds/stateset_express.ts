import express from "express";
import { memoryStore } from "@malote/receiver";
import { createWebhookHandler } from "@malote/receiver/express";
import { handleWebhookEvent } from "./stateset.js";

export const app = express();

app.post('/webhooks/stateset',
  express.raw({ type: 'application/json' }),
  createWebhookHandler({
    scheme: 'stateset',
    secret: process.env.STATESET_WEBHOOK_SECRET!,
    store: memoryStore(),
    onUnhandled: ({ payload: event }) => handleWebhookEvent(event),
  }),
);
