// Bundles src/ into dist/: index.html and /assets/ with a hash in each name, so that assets can be
// cached for ever. Fails when all of it, compressed, exceeds the budget.
import { build } from "esbuild";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import path from "node:path";
import { fileURLToPath } from "node:url";

const BUDGET_BYTES = 200_000;
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, "dist");
const assets = path.join(dist, "assets");

const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  legalComments: "none",
  target: ["chrome109", "firefox115", "safari16.4"],
  outdir: assets,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  metafile: true,
};

function output_of(result, entry) {
  const found = Object.entries(result.metafile.outputs).find(([, out]) => out.entryPoint === entry);
  if (!found) throw new Error(`the bundle has no output for ${entry}`);
  return `/assets/${path.basename(found[0])}`;
}

async function write_index(names) {
  let html = await readFile(path.join(root, "src/index.html"), "utf8");
  for (const [key, value] of Object.entries(names)) html = html.replaceAll(`{{${key}}}`, value);
  await writeFile(path.join(dist, "index.html"), html);
}

async function sizes(folder) {
  const rows = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    const bytes = await readFile(file);
    const packed = gzipSync(bytes, { level: 9 }).length;
    rows.push({ name: path.relative(folder, file), bytes: bytes.length, packed });
  }
  return rows.sort((a, b) => b.packed - a.packed);
}

await rm(dist, { recursive: true, force: true });
await mkdir(assets, { recursive: true });
const app = await build({
  ...shared,
  entryPoints: ["src/main.tsx"],
  format: "esm",
  splitting: true,
  jsx: "automatic",
  jsxImportSource: "preact",
});
const theme = await build({ ...shared, entryPoints: ["src/theme_early.ts"], format: "iife" });
const style = await build({ ...shared, entryPoints: ["src/style/main.css"] });
await writeFile(path.join(assets, "icon.svg"), await readFile(path.join(root, "src/icon.svg")));
await write_index({
  main: output_of(app, "src/main.tsx"),
  theme: output_of(theme, "src/theme_early.ts"),
  style: output_of(style, "src/style/main.css"),
});

const rows = await sizes(dist);
const total = rows.reduce((sum, row) => sum + row.packed, 0);
for (const row of rows) {
  console.log(`${String(row.packed).padStart(8)} ${String(row.bytes).padStart(8)}  ${row.name}`);
}
console.log(`${String(total).padStart(8)} bytes compressed, budget ${BUDGET_BYTES}`);
if (total > BUDGET_BYTES) {
  console.error(`console/build: ${total - BUDGET_BYTES} bytes over the budget; see the list above`);
  process.exit(1);
}
