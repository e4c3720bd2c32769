// JSON as text. Amounts must be shown digit for digit, and JSON.parse would make doubles of them,
// so payloads are laid out from the server's own text and never parsed for display.

const SCALAR = /[^\s,:{}[\]"]+/y;
const SPACE = /\s*/y;

function run(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

/** The string that begins at `at`, quotes and all; "" if none does. No regular expression: strings
 *  of megabytes would exhaust its stack. */
function string_at(text: string, at: number): string {
  if (text[at] !== '"') return "";
  let quote = at;
  for (;;) {
    quote = text.indexOf('"', quote + 1);
    if (quote < 0) return text.slice(at);
    let before = quote - 1;
    while (text[before] === "\\") before--;
    if ((quote - before) % 2 === 1) return text.slice(at, quote + 1);
  }
}

/** Where the value that begins at `at` ends. */
function end_of_value(text: string, at: number): number {
  let depth = 0;
  let place = at;
  while (place < text.length) {
    const char = text[place]!;
    if (char === '"') {
      place += string_at(text, place).length;
    } else {
      if (char === "{" || char === "[") depth++;
      if (char === "}" || char === "]") depth--;
      const scalar = depth === 0 ? run(SCALAR, text, place).length : 0;
      place += Math.max(1, scalar);
    }
    if (depth <= 0) return place;
  }
  return place;
}

/** The text of the object's own member `name`; null where there is none. */
export function member_text(text: string, name: string): string | null {
  let place = text.indexOf("{") + 1;
  while (place > 0 && place < text.length) {
    place += run(SPACE, text, place).length;
    const key = string_at(text, place);
    if (key === "") return null;
    place += key.length;
    place += run(SPACE, text, place).length + 1;
    place += run(SPACE, text, place).length;
    const end = end_of_value(text, place);
    if (JSON.parse(key) === name) return text.slice(place, end);
    place = end + run(SPACE, text, end).length;
    if (text[place] !== ",") return null;
    place++;
  }
  return null;
}

/** The texts of the entries of a list. */
export function entry_texts(list: string): string[] {
  const entries: string[] = [];
  let place = list.indexOf("[") + 1;
  while (place > 0 && place < list.length) {
    place += run(SPACE, list, place).length;
    if (list[place] === "]") break;
    const end = end_of_value(list, place);
    entries.push(list.slice(place, end));
    place = end + run(SPACE, list, end).length;
    if (list[place] !== ",") break;
    place++;
  }
  return entries;
}

const CHECKED_CHARS = 200_000;

/** Whether `text` is a JSON object or list. Of a long text only the beginning is looked at. */
export function is_json(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  if (text.length > CHECKED_CHARS) return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON in lines, indented by two; every token as it was. A text that was cut off is fine too. */
export function lay_out(text: string): string {
  const out: string[] = [];
  let depth = 0;
  let place = 0;
  const newline = () => out.push("\n", "  ".repeat(depth));
  while (place < text.length) {
    place += run(SPACE, text, place).length;
    const char = text[place];
    if (char === undefined) break;
    if (char === '"') {
      const token = string_at(text, place);
      out.push(token);
      place += token.length;
      continue;
    }
    place++;
    if (char === "{" || char === "[") {
      const gap = run(SPACE, text, place).length;
      const close = text[place + gap];
      if (close === "}" || close === "]") {
        out.push(char, close);
        place += gap + 1;
      } else {
        depth++;
        out.push(char);
        newline();
      }
    } else if (char === "}" || char === "]") {
      depth = Math.max(0, depth - 1);
      newline();
      out.push(char);
    } else if (char === ",") {
      out.push(char);
      newline();
    } else if (char === ":") {
      out.push(": ");
    } else {
      const token = run(SCALAR, text, place - 1);
      out.push(token);
      place += token.length - 1;
    }
  }
  return out.join("");
}

/** A string and whether it is a key, a number, a word, or anything else. */
const TOKEN =
  /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b|([^"\d\-tfn]+|.)/g;

export interface Token {
  kind: "key" | "text" | "number" | "word" | "plain";
  text: string;
}

/** The tokens of one line that lay_out() made, for colouring. */
export function tokens_of(line: string): Token[] {
  const tokens: Token[] = [];
  for (const found of line.matchAll(TOKEN)) {
    const [whole, text, colon, digits, literal] = found;
    if (text !== undefined) {
      tokens.push({ kind: colon === undefined ? "text" : "key", text });
      if (colon !== undefined) tokens.push({ kind: "plain", text: colon });
    } else if (digits !== undefined) tokens.push({ kind: "number", text: digits });
    else if (literal !== undefined) tokens.push({ kind: "word", text: literal });
    else tokens.push({ kind: "plain", text: whole });
  }
  return tokens;
}
