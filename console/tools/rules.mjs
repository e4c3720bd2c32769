// Rules of the dashboard's own code that no compiler checks. Each finding says what to do instead.
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const MAX_COLUMNS = 100;
const RULES = [
  [/innerHTML|outerHTML|insertAdjacentHTML|document\.write/i, "write text; Preact escapes it"],
  [/\beval\(|new Function\(/, "the policy forbids it"],
  [/setAttribute\(\s*["']style/, "the policy forbids it; use a class or a style object"],
  [/https?:\/\/(?!127\.0\.0\.1|www\.w3\.org)[a-z]/i, "nothing is loaded from another host"],
  [/localStorage\.setItem\([^,]*(?:key|secret|token)/i, "secrets are not kept in the browser"],
];

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* files(full);
    else if (/\.(tsx?|css|mjs|html)$/.test(entry.name)) yield full;
  }
}

let findings = 0;
for (const folder of ["src", "tests", "tools"]) {
  for (const file of files(path.join(root, folder))) {
    readFileSync(file, "utf8").split("\n").forEach((line, index) => {
      const broken = folder === "src" ? RULES.filter(([pattern]) => pattern.test(line)) : [];
      if (line.length > MAX_COLUMNS) broken.push([null, `at most ${MAX_COLUMNS} columns`]);
      for (const [, instead] of broken) {
        findings++;
        console.error(`${path.relative(root, file)}:${index + 1}: ${instead}`);
      }
    });
  }
}
if (findings > 0) process.exit(1);
console.log("rules: 0 findings");
