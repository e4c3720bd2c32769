/**
 * Request in, Response out: Next's App Router, Hono, Deno, Bun, Workers, SvelteKit, Astro.
 *
 *     export const POST = createWebhookHandler({ secret, handlers: { … } });
 */
import { concat } from "./bytes.js";
import type { BodyProblem } from "./message.js";
import type { ReceiverOptions } from "./options.js";
import { Receiver } from "./receiver.js";

/** A Request, or what frameworks wrap around one: `c.req.raw` (Hono), `context.request`. */
export type RequestLike =
  | Request
  | { readonly req: { readonly raw: Request } }
  | { readonly request: Request };

/** The rest, a route's parameters or Hono's `next`, is of no use here. */
export type FetchHandler = (request: RequestLike, ...rest: any[]) => Promise<Response>;

/** Throws a ConfigError. The handler it returns never rejects. */
export function createWebhookHandler(options: ReceiverOptions | Receiver): FetchHandler {
  const receiver = options instanceof Receiver ? options : new Receiver(options);
  return async (given) => {
    const request = unwrap(given);
    const answer = await receiver.handle({
      method: request.method,
      headers: request.headers,
      body: (limit) => readBody(request, limit),
    });
    return new Response(answer.body, { status: answer.status, headers: { ...answer.headers } });
  };
}

function unwrap(given: RequestLike): Request {
  if ("req" in given) return given.req.raw;
  return "request" in given ? given.request : given;
}

/** The bytes, never text(): that drops a BOM and replaces bad bytes, and the signature is off. */
async function readBody(request: Request, limit: number): Promise<Uint8Array | BodyProblem> {
  if (request.bodyUsed || request.body?.locked) return "consumed";
  if (!request.body) return new Uint8Array(await request.arrayBuffer());
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concat(chunks);
    size += value.length;
    if (size > limit) {
      reader.cancel().catch(() => undefined); // the sender may be gone; nothing hangs on it
      return "too_large";
    }
    chunks.push(value);
  }
}

