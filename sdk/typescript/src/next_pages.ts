/**
 * Next's pages/api. The route has to leave the body alone:
 *
 *     export const config = { api: { bodyParser: false } };
 *     export default createWebhookHandler({ secret, handlers: { … } });
 */
export { nodeHandler as createWebhookHandler, type NodeHandler } from "./node_http.js";
