// Texts in the reader's language. Each language is a chunk of its own; only the chosen one is
// loaded.
import en from "../i18n/en.json";
import { make_store } from "./store";

type Texts = typeof en;
type Raw = keyof Texts;
/** A text's name; those in two forms (`.one`, `.other`) are named without the form. */
export type Key = Raw extends infer K
  ? K extends `${infer Stem}.one` ? Stem : K extends `${string}.other` ? never : K
  : never;
export type Language = "en" | "pt-BR" | "es";
type Values = Record<string, string | number>;

export const LANGUAGES: Record<Language, string> = {
  "en": "English",
  "pt-BR": "Português (Brasil)",
  "es": "Español",
};

const LOADERS: Record<Language, () => Promise<{ default: Record<string, string> }>> = {
  "en": () => Promise.resolve({ default: en }),
  "pt-BR": () => import("../i18n/pt-BR.json"),
  "es": () => import("../i18n/es.json"),
};

let texts: Record<string, string> = en;
/** The language in use; the whole tree is drawn anew when it changes. */
export const language = make_store<Language>("en");

function preferred(): Language {
  const kept = localStorage.getItem("malote.language");
  if (kept !== null && kept in LANGUAGES) return kept as Language;
  for (const wanted of navigator.languages) {
    if (wanted.startsWith("pt")) return "pt-BR";
    if (wanted.startsWith("es")) return "es";
    if (wanted.startsWith("en")) return "en";
  }
  return "en";
}

/** Loads the texts of `wanted` (left out: as kept, else as the browser prefers) and uses them. */
export async function use_language(wanted?: Language): Promise<void> {
  const chosen = wanted ?? preferred();
  texts = (await LOADERS[chosen]()).default;
  if (wanted) localStorage.setItem("malote.language", wanted);
  document.documentElement.lang = chosen;
  language.set(chosen);
}

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? number(value) : value;
  });
}

/** The text `key`; `{name}` in it becomes `values.name`. `values.count` chooses the form. */
export function t(key: Key, values: Values = {}): string {
  let name: string = key;
  if (!(name in texts) && typeof values.count === "number") {
    const form = new Intl.PluralRules(language.get()).select(values.count);
    name = `${key}.${form === "one" ? "one" : "other"}`;
  }
  return fill(texts[name] ?? en[name as Raw] ?? key, values);
}

/** The text of a word that the server sent, or the word itself where there is none. */
export function word(family: string, value: string): string {
  return texts[`${family}.${value}`] ?? value.replaceAll("_", " ");
}

export function number(value: number, options: Intl.NumberFormatOptions = {}): string {
  return new Intl.NumberFormat(language.get(), options).format(value);
}

/** Bytes for people: 12 kB, 3.4 MB. */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let power = 0;
  while (value >= 1000 && power < units.length - 1) {
    value /= 1000;
    power++;
  }
  const digits = value < 10 && power > 0 ? 1 : 0;
  return `${number(value, { maximumFractionDigits: digits })} ${units[power]}`;
}

/** Milliseconds for people: < 1 ms, 12 ms, 3.1 s, 4 min. */
export function duration(ms: number): string {
  const unit = (value: number, name: string, digits: number) =>
    number(value, {
      style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: digits,
    });
  if (ms === 0) return `< ${unit(1, "millisecond", 0)}`;
  if (ms < 1000) return unit(ms, "millisecond", ms > 0 && ms < 10 ? 1 : 0);
  if (ms < 60_000) return unit(ms / 1000, "second", ms < 10_000 ? 1 : 0);
  if (ms < 3_600_000) return unit(ms / 60_000, "minute", 0);
  if (ms < 172_800_000) return unit(ms / 3_600_000, "hour", 0);
  return unit(ms / 86_400_000, "day", 0);
}
