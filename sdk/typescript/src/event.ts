/** A verified body becomes an event. */
import { hex, readUtf8 } from "./bytes.js";
import { refuse, type Refusal } from "./errors.js";
import { CATALOGUE, type CatalogueData } from "./generated.js";
import type { HeaderView } from "./headers.js";
import { sha256 } from "#hmac";
import { isDeeperThan, numberText, readPointer, valueAt } from "./json.js";
import type { Source } from "./profile.js";
import type { Verified } from "./verify.js";

/** The catalogue's own names. */
export type CanonicalType = keyof CatalogueData;
/** The names that other senders use for them. */
export type AliasType = (typeof CATALOGUE)[number][1][number];
export type EventType = CanonicalType | AliasType;

/** Data whose members the catalogue does not promise: they are the sender's own. */
export type OpenData = { [member: string]: any };

/**
 * What a handler for `K` finds in `event.data`. The catalogue describes what Malote and CodeSpar
 * send; under an alias, and from other senders, the members are the sender's own.
 */
export type DataOf<K extends string> = K extends CanonicalType ? CatalogueData[K] : OpenData;
export type EventOf<K extends string> = WebhookEvent<DataOf<K>>;

export interface WebhookEvent<D = OpenData> {
  /** As the sender wrote it. */
  readonly type: string;
  /** The catalogue's name, if it has the type under any alias. */
  readonly canonical: CanonicalType | undefined;
  /** The event's id; empty if the sender gives none. */
  readonly id: string;
  /** What dedupe goes by: `<scheme>/<key>`, from signed material only. */
  readonly key: string;
  /** The id header, signed or not; empty if there is none. */
  readonly deliveryId: string;
  /** As the sender wrote it. */
  readonly occurredAt: string | undefined;
  readonly data: D;
  /** The whole object. */
  readonly payload: OpenData;
  /** The bytes that were verified. */
  readonly raw: Uint8Array;
}

const MAX_DEPTH = 512;

const CANONICAL = new Map<string, CanonicalType>();
const NAMES = new Map<CanonicalType, readonly string[]>();
for (const [name, aliases] of CATALOGUE) {
  NAMES.set(name, [name, ...aliases]);
  for (const each of NAMES.get(name)!) CANONICAL.set(each, name);
}

export function canonicalType(type: string): CanonicalType | undefined {
  return CANONICAL.get(type);
}

/** The canonical name first, then its aliases. */
export function namesOf(canonical: CanonicalType): readonly string[] {
  return NAMES.get(canonical) ?? [];
}

export async function readEvent(
  verified: Verified, headers: HeaderView, raw: Uint8Array,
): Promise<WebhookEvent | Refusal> {
  const text = readUtf8(raw);
  if (text === undefined) return unreadable("the body is not UTF-8");
  if (isDeeperThan(text, MAX_DEPTH)) return unreadable(`the body nests deeper than ${MAX_DEPTH}`);
  const payload = parseObject(text);
  if (!payload) return unreadable("the body is not one JSON object");
  const { name, profile } = verified.scheme;
  const find = new Finder(payload, text, headers);
  const type = find.text(profile.type, readWord);
  if (!type) return unreadable("the event has no type");
  const signedId = find.text(profile.event_id.filter(isInBody), readId);
  const key = verified.idSigned ? verified.messageId : signedId;
  return {
    type,
    canonical: canonicalType(type),
    id: find.text(profile.event_id, readId) ?? "",
    key: `${name}/${key ?? `sha256:${hex(await sha256(raw))}`}`,
    deliveryId: verified.messageId,
    occurredAt: find.text(profile.occurred_at, readText),
    data: find.value(profile.data) as OpenData,
    payload,
    raw,
  };
}

function unreadable(hint: string): Refusal {
  return refuse("invalid_payload", "", `${hint}; the signature is right`);
}

function parseObject(text: string): OpenData | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isInBody(source: Source): boolean {
  return source.startsWith("body:");
}

/** A number as the sender wrote it; every other value as it is. */
type Exact = { readonly number: string } | { readonly value: unknown };

function readText(exact: Exact): string | undefined {
  if ("number" in exact) return exact.number;
  // Half a surrogate pair is no character: databases and files do not take it.
  return typeof exact.value === "string"
    ? exact.value.replace(/\p{Surrogate}/gu, "\ufffd") : undefined;
}

function readWord(exact: Exact): string | undefined {
  return "number" in exact ? undefined : readText(exact);
}

// An empty id names nothing: as a key it would make all events one.
function readId(exact: Exact): string | undefined {
  const text = readText(exact);
  return "value" in exact || /^-?[0-9]+$/.test(text ?? "") ? text || undefined : undefined;
}

/** Goes through sources; the first hit wins. */
class Finder {
  constructor(
    private readonly payload: unknown,
    private readonly json: string,
    private readonly headers: HeaderView,
  ) {}

  /** The first text that `read` makes of a source in the body, or that a header holds. */
  text(sources: readonly Source[], read: (exact: Exact) => string | undefined): string | undefined {
    for (const source of sources) {
      const found = isInBody(source) ? read(this.#exact(source)) : this.#header(source);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  value(sources: readonly Source[]): unknown {
    for (const source of sources) {
      const found = isInBody(source) ? this.#value(source) : this.#header(source);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #header(source: Source): string | undefined {
    return this.headers.get(source.slice("header:".length));
  }

  #path(source: Source): string[] {
    return readPointer(source.slice("body:".length));
  }

  #value(source: Source): unknown {
    return valueAt(this.payload, this.#path(source));
  }

  #exact(source: Source): Exact {
    const value = this.#value(source);
    if (typeof value !== "number") return { value };
    return { number: numberText(this.json, this.#path(source)) };
  }
}
