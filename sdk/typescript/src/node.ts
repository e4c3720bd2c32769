/**
 * Node's own HTTP server, and a store on disk.
 *
 *     createServer(createWebhookHandler({ secret, handlers: { … } })).listen(3000);
 */
export { nodeHandler as createWebhookHandler, type NodeHandler } from "./node_http.js";
export { fileStore, type FileStoreOptions } from "./file_store.js";
