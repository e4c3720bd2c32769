// The switch that both StateSet samples share.
import * as shop from "./shop.js";

export async function handleWebhookEvent(event: any): Promise<void> {
  switch (event.type) {
    case 'order.created':
      await shop.processNewOrder(event.data);
      break;

    case 'order.updated':
      await shop.statusChanged(event.data);
      break;

    case 'inventory.low_stock':
      await shop.productChanged({ id: `${event.data.sku} ${event.data.quantity_available}` });
      break;

    default:
      await shop.unhandled(event.type);
  }
}
