// The application that the samples are part of: it writes down what it was asked to do.
export const calls: string[] = [];
const failures = new Set<string>();

/** The next call of this name fails. */
export function failOnce(name: string): void {
  failures.add(name);
}

function note(name: string, detail: unknown): void {
  calls.push(`${name} ${String(detail)}`);
  if (failures.delete(name)) throw new Error(`${name} failed`);
}

// any, as the samples have it.
export async function provisionMerchant(store: string) { note("provision", store); }
export async function cleanupMerchant(store: string) { note("cleanup", store); }
export async function processNewOrder(order: any) { note("order", order.id); }
export async function syncCustomer(customer: any) { note("customer", customer.id); }
export async function productChanged(product: any) { note("product", product.id); }
export async function statusChanged(order: any) { note("status", order.status); }
export async function unhandled(type: string) { note("unhandled", type); }
export async function enqueue(name: string, job: any) { note(name, job.order_number); }
export async function runLoop(steps: any[]) { note("loop", steps.map((step) => step.tool)); }
export async function processEvent(event: any) { note("event", `${event.type} ${event.data.id}`); }

export const orders = {
  async upsert({ where, update }: any) {
    note("upsert", `${where.order_number} ${update.status}`);
  },
};
