/** In place of Whatalo's adapter for Next's App Router: `export const POST = …`. */
import { createWebhookHandler as createFetchHandler, type FetchHandler } from "../fetch.js";
import { whataloReceiver, type WhataloOptions } from "./payload.js";

/** Throws a ConfigError. The handler takes a Request, or a context that holds one. */
export function createWebhookHandler(options: WhataloOptions): FetchHandler {
  return createFetchHandler(whataloReceiver(options));
}

export type { PayloadHandler, WebhookPayload, WhataloOptions } from "./payload.js";
