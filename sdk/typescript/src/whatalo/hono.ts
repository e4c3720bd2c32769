/** In place of Whatalo's adapter for Hono: `app.post(path, handler)`. */
export { createWebhookHandler } from "./nextjs.js";
export type { PayloadHandler, WebhookPayload, WhataloOptions } from "./payload.js";
