// Checks the texts of the dashboard: each language has the same keys with the same placeholders,
// every key is used in src/, and every provider's set-up steps exist in each language.
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const faults = [];

function load(folder) {
  const languages = new Map();
  const names = readdirSync(path.join(root, folder));
  for (const name of names.filter((file) => file.endsWith(".json"))) {
    const text = readFileSync(path.join(root, folder, name), "utf8");
    languages.set(path.basename(name, ".json"), JSON.parse(text));
  }
  return languages;
}

function shape(value) {
  if (Array.isArray(value)) return `${value.length} steps`;
  return (value.match(/\{\w+\}/g) ?? []).sort().join(" ");
}

function compare(folder) {
  const languages = load(folder);
  const base = languages.get("en");
  for (const [language, texts] of languages) {
    for (const key of Object.keys(base)) {
      if (!(key in texts)) faults.push(`${folder}/${language}.json lacks "${key}"`);
      else if (shape(base[key]) !== shape(texts[key])) {
        faults.push(`${folder}/${language}.json "${key}" has other placeholders or steps than en`);
      }
    }
    for (const key of Object.keys(texts)) {
      if (!(key in base)) faults.push(`${folder}/${language}.json has "${key}", which en lacks`);
    }
  }
  return base;
}

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return sources(full);
    return /\.tsx?$/.test(entry.name) ? [readFileSync(full, "utf8")] : [];
  });
}

const texts = compare("src/i18n");
const code = sources(path.join(root, "src")).join("\n");
for (const key of Object.keys(texts)) {
  const name = key.replace(/\.(one|other)$/, "");
  // The words of a family, such as the states, are found by what the server sends.
  const family = name.slice(0, name.lastIndexOf("."));
  const of_family = [`word("${family}"`, `family="${family}"`, `family = "${family}"`];
  const used = code.includes(`"${name}"`) || of_family.some((use) => code.includes(use));
  if (!used) faults.push(`src/i18n/en.json "${key}" is used nowhere`);
}

const setup = compare("src/i18n/setup");
for (const file of readdirSync(path.join(root, "../data/providers"))) {
  const provider = path.basename(file, ".json");
  if (!(provider in setup)) faults.push(`src/i18n/setup/en.json lacks steps for "${provider}"`);
}

for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);
console.log(`strings: ${Object.keys(texts).length} texts, ${Object.keys(setup).length} providers`);
