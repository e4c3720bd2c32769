// What Next does around a route, without Next: the contracts of its App Router and of pages/api.

/** A route module of the App Router as a fetch function: one export per method, else 405. */
export function asAppRouter(route) {
  return async (request) => {
    const handler = route[request.method];
    if (!handler) return new Response(null, { status: 405 });
    return handler(request, { params: Promise.resolve({}) });
  };
}

/** A route module of pages/api as a Node listener: parses the body unless told not to. */
export function asPagesApi({ default: handler, config }) {
  return async (request, response) => {
    request.query = {};
    request.cookies = {};
    response.status = (code) => Object.assign(response, { statusCode: code });
    response.json = (value) => response.end(JSON.stringify(value));
    if (config?.api?.bodyParser !== false) {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      request.body = JSON.parse(Buffer.concat(chunks).toString() || "{}");
    }
    await handler(request, response);
    if (!response.headersSent && !response.destroyed) {
      throw new Error("the route ended without an answer");
    }
  };
}
