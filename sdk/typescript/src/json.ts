/** The little of JSON that JSON.parse does not tell: depth, pointers, and numbers as written. */

/** Whether `text` nests deeper than `most`. Brackets in strings do not count. */
export function isDeeperThan(text: string, most: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i) - 1;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      if (depth > most) return true;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth -= 1;
    }
  }
  return false;
}

/** The members a JSON Pointer names: none for "", the whole document. */
export function readPointer(pointer: string): string[] {
  return pointer.split("/").slice(1).map((each) => each.replace(/~1/g, "/").replace(/~0/g, "~"));
}

/** What the path leads to in parsed JSON: own members only, so `constructor` finds nothing. */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value) && !/^(0|[1-9]\d*)$/.test(step)) return undefined;
    if (!Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/**
 * The text of the number that the path leads to, digit for digit: a double would make one id of
 * 9007199254740992 and 9007199254740993. `text` must be valid JSON in which the path leads to a
 * number. Of members that occur twice the last counts, as JSON.parse has it.
 */
export function numberText(text: string, path: readonly string[]): string {
  let at = skipBlanks(text, 0);
  for (const step of path) at = findMember(text, at, step);
  return text.slice(at, endOfScalar(text, at));
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const COMMA = 44;

/** Where the value of the member or element `name` begins; `at` is where its container does. */
function findMember(text: string, at: number, name: string): number {
  const isObject = text.charCodeAt(at) === OPEN_BRACE;
  let found = at;
  let i = skipBlanks(text, at + 1);
  for (let index = 0; text.charCodeAt(i) !== (isObject ? CLOSE_BRACE : CLOSE_BRACKET); index += 1) {
    let key = String(index);
    if (isObject) {
      const end = endOfString(text, i);
      key = JSON.parse(text.slice(i, end)) as string;
      i = skipBlanks(text, skipBlanks(text, end) + 1);
    }
    if (key === name) found = i;
    i = skipBlanks(text, endOfValue(text, i));
    if (text.charCodeAt(i) === COMMA) i = skipBlanks(text, i + 1);
  }
  return found;
}

function endOfValue(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === QUOTE) return endOfString(text, at);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return endOfScalar(text, at);
  let depth = 0;
  let i = at;
  do {
    const code = text.charCodeAt(i);
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
    i = code === QUOTE ? endOfString(text, i) : i + 1;
  } while (depth > 0);
  return i;
}

function endOfScalar(text: string, at: number): number {
  let i = at;
  while (i < text.length && !/[\s,\]}]/.test(text[i]!)) i += 1;
  return i;
}

/** Just after the closing quote; the text's end if there is none. */
function endOfString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i + 1;
    if (code === BACKSLASH) i += 1;
  }
  return text.length;
}

function skipBlanks(text: string, at: number): number {
  let i = at;
  while (i < text.length && text.charCodeAt(i) <= 32) i += 1;
  return i;
}
