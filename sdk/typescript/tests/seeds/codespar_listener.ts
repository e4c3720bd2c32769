// app/api/webhooks/payment/route.ts: a payment starts three tool calls. The body is flat.
import { memoryStore } from "@malote/receiver";
import { createWebhookHandler } from "@malote/receiver/fetch";
import * as shop from "./shop.js";

export const POST = createWebhookHandler({
  scheme: "codespar",
  secret: process.env.CODESPAR_TRIGGER_SECRET!,
  store: memoryStore(),
  onUnhandled: async ({ payload: body }) => {
    if (body.event !== "payment.confirmed") {
      return;
    }
    await shop.runLoop([
      { tool: "codespar_invoice", params: {
        type: "nfe",
        customer_cpf: body.customer.cpf,
        items: body.items,
        total: body.amount,
      } },
      { tool: "codespar_ship", params: {
        to_cep: body.shipping.cep,
        weight_kg: body.shipping.weight,
      } },
      { tool: "codespar_notify", params: { channel: "whatsapp", to: body.customer.phone } },
    ]);
  },
});
