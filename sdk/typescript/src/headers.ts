/**
 * Header access for the verifier: all values of a name, without case, trimmed of blanks and tabs.
 *
 * A `Headers` object and a plain record join the values of a header that came twice with ", ".
 * `joined` says so, and the verifier then looks for the traces of it where a value has no commas.
 */
import { readUtf8 } from "./bytes.js";

/** `Headers`, an iterable of pairs, or a record such as Node's `request.headers`. */
export type HeadersInput =
  | { get(name: string): string | null; has(name: string): boolean }
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface HeaderView {
  /** Every value that came under this name. */
  all(name: string): readonly string[];
  /** The value, if the header came once and is not empty. */
  get(name: string): string | undefined;
  /** Whether equal headers may have been joined into one value. */
  readonly joined: boolean;
}

class ListView implements HeaderView {
  readonly #values = new Map<string, string[]>();

  constructor(pairs: Iterable<readonly [string, string]>, readonly joined: boolean) {
    for (const [name, value] of pairs) {
      const key = String(name).toLowerCase();
      const values = this.#values.get(key);
      if (values) values.push(trim(String(value)));
      else this.#values.set(key, [trim(String(value))]);
    }
  }

  all(name: string): readonly string[] {
    return this.#values.get(name.toLowerCase()) ?? [];
  }

  get(name: string): string | undefined {
    return only(this.all(name));
  }
}

class FetchView implements HeaderView {
  readonly joined = true;

  constructor(private readonly headers: { get(name: string): string | null }) {}

  all(name: string): readonly string[] {
    const value = this.headers.get(name);
    return value === null || value === undefined ? [] : [trim(wireText(value))];
  }

  get(name: string): string | undefined {
    return only(this.all(name));
  }
}

function only(values: readonly string[]): string | undefined {
  return values.length === 1 && values[0] !== "" ? values[0] : undefined;
}

export function viewHeaders(input: HeadersInput | HeaderView): HeaderView {
  if (input instanceof ListView || input instanceof FetchView) return input;
  if (typeof (input as Headers).get === "function" && !(input instanceof Map)) {
    return new FetchView(input as Headers);
  }
  if (Symbol.iterator in input) return new ListView(input as Iterable<[string, string]>, false);
  return new ListView(recordPairs(input as Record<string, string | string[] | undefined>), true);
}

function* recordPairs(
  record: Readonly<Record<string, string | readonly string[] | undefined>>,
): Iterable<readonly [string, string]> {
  for (const [name, value] of Object.entries(record)) {
    if (typeof value === "string") yield [name, value];
    else if (Array.isArray(value)) for (const each of value) yield [name, String(each)];
  }
}

/** A header as runtimes hand it out, one character per byte, is UTF-8 wherever it can be. */
export function wireText(value: string): string {
  if (!/[^\x00-\x7f]/.test(value)) return value;
  if (/[^\x00-\xff]/.test(value)) return value; // this runtime has decoded it
  return readUtf8(Uint8Array.from(value, (letter) => letter.charCodeAt(0))) ?? value;
}

/**
 * Without blanks and tabs at the ends, and nothing else: String.trim() takes a no-break space too.
 * By hand, since /[ \t]+$/ takes quadratic time on a value full of blanks.
 */
export function trim(value: string): string {
  let from = 0;
  let to = value.length;
  while (from < to && isBlank(value.charCodeAt(from))) from += 1;
  while (to > from && isBlank(value.charCodeAt(to - 1))) to -= 1;
  return from === 0 && to === value.length ? value : value.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}
