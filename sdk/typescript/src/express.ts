/**
 * Express 4 and 5: `app.post("/webhooks", createWebhookHandler({ secret, handlers: { … } }))`.
 *
 * Mount it before express.json(), or behind express.raw({ type: () => true }). If a parser has had
 * the body, the answer is 500 at once and the log names the remedy. `next` is never called.
 */
export { nodeHandler as createWebhookHandler, type NodeHandler } from "./node_http.js";
