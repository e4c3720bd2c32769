// Compiled, never run: what the types promise, and what they refuse.
import { createReceiver, park, retry, type EventOf, type Profile } from "@malote/receiver";
import { createWebhookHandler } from "@malote/receiver/fetch";
import { createWebhookHandler as forExpress } from "@malote/receiver/express";
import { createWebhookHandler as forHono } from "@malote/receiver/hono";
import { createWebhookHandler as forNode } from "@malote/receiver/node";
import { createWebhookHandler as whatalo } from "@malote/receiver/whatalo/nextjs";
import { verifyWebhook } from "@malote/receiver/whatalo/webhooks";
import express from "express";
import { Hono } from "hono";
import { createServer } from "node:http";

const secret = "whsec_c2VjcmV0";
const ownProfile: Profile | undefined = undefined;

export const POST = createWebhookHandler({
  secret,
  scheme: ownProfile ?? "standard",
  handlers: {
    "payment.confirmed": async (event, context) => {
      const id: string = event.data.payment_id;
      const amount: number | undefined = event.data.amount;
      const items = event.data.items?.map((item) => item.quantity ?? 0);
      // @ts-expect-error a number is no text
      const wrong: string = event.data.amount_minor;
      // @ts-expect-error events are read, not written
      event.type = "";
      context.signal.throwIfAborted();
      return id && amount && items && wrong ? retry(5) : park("no amount");
    },
    // An alias holds its sender's own data.
    "payment.success": (event) => void event.data.order_number.length,
    "a.type.of.ones.own": (event) => event.data.anything,
  },
  onUnhandled: (event, { known }) => console.log(event.type, known),
});

export const receiver = createReceiver({ secret })
  .on("order.created", (event: EventOf<"order.created">) => void event.data.order_id)
  .on("mine", (event) => void event.data.whatever)
  .onPrefix("shipment.", (event) => void event.raw.length);

// @ts-expect-error the scheme's name is wrong
createReceiver({ secret, scheme: "strip" });
// @ts-expect-error the option's name is wrong
createReceiver({ secret, tolerence: 5 });

new Hono().post("/webhooks", createWebhookHandler(receiver)).post("/more", forHono({ secret }));
express().post("/webhooks", forExpress(receiver));
createServer(forNode(receiver));

whatalo({ secret, handlers: { "order.created": (payload) => void payload.data.id } });
const verdict: boolean = verifyWebhook({ payload: "", signature: null, secret: undefined });
export { verdict };
