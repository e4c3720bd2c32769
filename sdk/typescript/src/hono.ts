/**
 * Hono: `app.post("/webhooks", createWebhookHandler({ secret, handlers: { … } }))`.
 *
 * The handler takes a Hono context or a plain Request, so it is the one of `./fetch`.
 */
export { createWebhookHandler, type FetchHandler, type RequestLike } from "./fetch.js";
