// The cookbook's three steps against a gateway:
//   node run_cookbook.mjs BASE_URL API_KEY PAYLOAD_JSON
// Prints the loop's result as one line of JSON, with the errors of failed steps under "errors".
// Exit code 1 when the loop itself broke (no session, no answer the steps can go on with).
import { Client } from "./client.mjs";

/** The steps of the webhook cookbook for the body of a payment.confirmed delivery. */
export function cookbookSteps(body) {
  return [
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
    { tool: "codespar_notify", params: (previous) => ({
      channel: "whatsapp",
      to: body.customer.phone,
      template: "order_confirmed",
      variables: {
        tracking: previous[1].data.tracking_code,
        nfe_url: previous[0].data.pdf_url,
      },
    }) },
  ];
}

const [baseUrl, apiKey, payload] = process.argv.slice(2);
if (!payload) {
  console.error("usage: node run_cookbook.mjs BASE_URL API_KEY PAYLOAD_JSON");
  process.exit(2);
}
try {
  const session = await new Client({ baseUrl, apiKey }).create("user_123", {
    servers: ["nuvem-fiscal", "correios", "z-api"],
  });
  try {
    const errors = [];
    const result = await session.loop({
      steps: cookbookSteps(JSON.parse(payload)),
      abortOnError: false,
      onStepError: (step, error, index) =>
        errors.push({ index, tool: step.tool, error: error.message }),
    });
    console.log(JSON.stringify({ session_id: session.id, ...result, errors }));
  } finally {
    await session.close();
  }
} catch (error) {
  console.error(`${error.name}: ${error.message}`);
  process.exit(1);
}
