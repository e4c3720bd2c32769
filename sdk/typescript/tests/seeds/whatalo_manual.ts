// Whatalo's check by hand, in a framework without an adapter; only the import's path is another.
import type { IncomingHttpHeaders } from "node:http";
import { verifyWebhook } from "@malote/receiver/whatalo/webhooks";
import * as shop from "./shop.js";

export async function receive(headers: IncomingHttpHeaders, rawBody: string): Promise<number> {
  const isValid = verifyWebhook({
    payload: rawBody,
    signature: headers["x-webhook-signature"] as string,
    secret: process.env.WHATALO_CLIENT_SECRET!,
  });

  if (!isValid) {
    return 401;
  }

  const event = JSON.parse(rawBody);
  await shop.processNewOrder(event.data);
  return 200;
}
