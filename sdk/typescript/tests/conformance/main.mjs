// Runs a vector file on the SDK. See "Conformance" in sdk/README.md.
import { readFileSync } from "node:fs";
import { runCase } from "./cases.mjs";
import { runSession } from "./sessions.mjs";

const FORMAT = "webhook-receiver-vectors/1";

const [path, ...flags] = process.argv.slice(2);
if (!path || flags.some((flag) => flag !== "--json")) {
  console.error("usage: conformance FILE [--json]");
  process.exit(2);
}
const file = JSON.parse(readFileSync(path, "utf8"));
if (file.format !== FORMAT) {
  console.error(`${path}: the format is ${JSON.stringify(file.format)}, not "${FORMAT}"`);
  process.exit(2);
}

let [passed, failed] = [0, 0];
function report({ id, wrong, observed }) {
  if (wrong) failed += 1;
  else passed += 1;
  if (flags.includes("--json")) console.log(JSON.stringify({ id, ...observed }));
  else console.log(wrong ? `FAILED ${id}: ${wrong}` : `ok ${id}`);
  if (wrong && flags.includes("--json")) console.error(`FAILED ${id}: ${wrong}`);
}

/** What the runner itself cannot do is a failure of that one case. */
async function attempt(run, given) {
  try {
    report(await run(given, file));
  } catch (error) {
    report({ id: given.id, wrong: error.message, observed: {} });
  }
}

for (const each of file.cases ?? []) await attempt(runCase, each);
for (const each of file.sessions ?? []) await attempt(runSession, each);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0); // sessions leave handlers behind that never end
