/** In place of Whatalo's adapter for Express: `app.post(path, handler)`, before any parser. */
import { nodeHandler, type NodeHandler } from "../node_http.js";
import { whataloReceiver, type WhataloOptions } from "./payload.js";

/** Throws a ConfigError. */
export function createWebhookHandler(options: WhataloOptions): NodeHandler {
  return nodeHandler(whataloReceiver(options));
}

export type { PayloadHandler, WebhookPayload, WhataloOptions } from "./payload.js";
