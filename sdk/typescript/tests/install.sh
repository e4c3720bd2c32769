#!/usr/bin/env bash
# Packs the package, installs the archive in an empty folder, and uses every sub-path from there.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
outside=$(mktemp -d)
trap 'rm -rf "$outside"' EXIT

archive=$(cd "$here" && npm pack --silent --ignore-scripts --pack-destination "$outside" | tail -n 1)
cd "$outside"
printf '{"type":"module"}\n' >package.json
npm install --silent --offline --no-audit --no-fund "./$archive" >/dev/null
cat >use.ts <<'USE'
import { createVerifier, type EventOf } from "@malote/receiver";
import { createWebhookHandler } from "@malote/receiver/fetch";
import "@malote/receiver/hono";
import "@malote/receiver/node";
import "@malote/receiver/express";
import "@malote/receiver/next-pages";
import "@malote/receiver/testing";
import "@malote/receiver/whatalo/nextjs";
import "@malote/receiver/whatalo/hono";
import "@malote/receiver/whatalo/express";
import "@malote/receiver/whatalo/webhooks";

const secret = "whsec_c2VjcmV0";
const seen: string[] = [];
const POST = createWebhookHandler({
  secret,
  handlers: {
    "payment.confirmed": (event: EventOf<"payment.confirmed">) => {
      seen.push(event.data.payment_id);
    },
  },
});
const body = JSON.stringify({ type: "payment.confirmed", data: { payment_id: "pay_1" } });
const now = Math.floor(Date.now() / 1000);
const headers = new Headers(await createVerifier({ secret }).sign("msg_1", now, body));
headers.set("Content-Type", "application/json");
const answer = await POST(new Request("http://x/", { method: "POST", headers, body }));
if (answer.status !== 200 || seen[0] !== "pay_1") throw new Error(`${answer.status} ${seen}`);
USE
# Types are resolved from the installed archive; @types/node and tsc are lent.
node "$here/node_modules/typescript/bin/tsc" use.ts --module nodenext --target es2022 --strict \
  --typeRoots "$here/node_modules/@types" --types node --lib es2022,dom,dom.iterable
node use.js
