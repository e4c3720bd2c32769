// app/api/webhooks/ce/route.ts: the route's switch as it was, under another constructor.
import { memoryStore } from "@malote/receiver";
import { createWebhookHandler } from "@malote/receiver/fetch";
import * as shop from "./shop.js";

export const POST = createWebhookHandler({
  scheme: "commerce-engine",
  secret: process.env.CE_WEBHOOK_SECRET!,
  store: memoryStore(),
  onUnhandled: async ({ payload: event }) => {
    switch (event.event_type) {
      case "order.created":
        await handleOrderCreated(event.data);
        break;
      case "payment.success":
        await shop.enqueue("paid", event.data);
        break;
      case "payment.refund.success":
        await shop.enqueue("refunded", event.data);
        break;
      default:
        await shop.unhandled(event.event_type);
    }
  },
});

async function handleOrderCreated(data: any) {
  await shop.orders.upsert({
    where: { order_number: data.order_number },
    update: { status: data.status },
    create: { order_number: data.order_number },
  });
  await shop.enqueue("confirmation", {
    order_number: data.order_number,
    user_email: data.customer_email,
  });
}
