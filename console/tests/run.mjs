// Runs all tests, or those whose names contain the argument, on one gateway, in order.
import { start_browser, start_console, start_emulator, start_gateway, start_receiver }
  from "./harness.mjs";
import { flow_tests } from "./flows.mjs";
import { hostile_tests } from "./hostile.mjs";
import { look_tests } from "./look.mjs";
import { unit_tests } from "./units.mjs";

const wanted = process.argv[2] ?? "";
let passed = 0;
let failed = 0;

async function run(tests, world) {
  for (const [name, test] of Object.entries(tests)) {
    if (!name.includes(wanted)) continue;
    try {
      await test(world);
      passed++;
      console.log(`ok    ${name}`);
    } catch (error) {
      failed++;
      const text = String(error.stack ?? error).replace(/\(data:[^)]*\)/g, "(bundled)");
      console.log(`FAIL  ${name}\n${text.replace(/^/gm, "      ")}`);
    }
  }
}

await run(unit_tests, undefined);
const gateway = await start_gateway();
const emulator = await start_emulator();
const receiver = await start_receiver();
const dashboard = await start_console(gateway);
const browser = await start_browser(dashboard.url);
const world = { gateway, emulator, receiver, browser, origin: dashboard.url, ids: {} };
try {
  await run(flow_tests, world);
  await run(look_tests, world);
  await run(hostile_tests, world);
} finally {
  await browser.stop();
  dashboard.stop();
  receiver.stop();
  await emulator.stop();
  await gateway.stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
