import { ConfigError, createReceiver } from "@malote/receiver";
import { matches, readOptions, readProfile, readSecrets } from "./setup.mjs";

// One type under its own name, so that "handled" means something; the rest is unhandled.
const HANDLED = "order.created";

export async function runCase(given, file) {
  const observed = await observe(given, file);
  return { id: given.id, wrong: compare(given.expect, observed), observed };
}

async function observe(given, file) {
  const observed = { verify: "ok", http: 500, dispatch: null, matched_secret: null, event: null };
  const seen = (event, { verified }) => Object.assign(observed, {
    matched_secret: verified.matchedSecret,
    replay_protected: verified.replayProtected,
    signed_at: verified.signedAt ?? null,
    message_id: verified.messageId,
    id_signed: verified.idSigned,
    event: { type: event.type, event_id: event.id, key: event.key },
  });
  const now = given.now ?? file.now;
  let receiver;
  try {
    receiver = createReceiver({
      ...readOptions({ ...file.defaults, ...given.options }),
      ...readSecrets(given.secrets),
      scheme: readProfile(file, given.profile, given.secrets),
      clock: () => now * 1000,
      handlers: { [HANDLED]: () => void (observed.dispatch = "handled") },
      onUnhandled: () => void (observed.dispatch = "unhandled"),
      onAny: seen,
      onRefused: (refusal) => Object.assign(observed, {
        verify: refusal.code, header: refusal.header,
      }),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { ...observed, verify: error.kind };
  }
  const { method, headers, body } = given.request;
  const answer = await receiver.handle({ method, headers, body: readBody(body) });
  return { ...observed, http: answer.status };
}

function readBody(body) {
  if ("utf8" in body) return Buffer.from(body.utf8, "utf8");
  if ("b64" in body) return Buffer.from(body.b64, "base64");
  const { byte, count } = body.fill;
  return Buffer.alloc(count, byte);
}

/** What differs, in words; nothing if all that is expected was observed. */
function compare(expected, observed) {
  const wrong = [];
  for (const [name, value] of Object.entries(expected)) {
    if (name === "event") {
      for (const [member, text] of Object.entries(value)) {
        const got = observed.event?.[member];
        if (got !== text) wrong.push(`event.${member} ${show(got)}, not ${show(text)}`);
      }
    } else if (!(name in observed) && name !== "replay_protected") {
      wrong.push(`the runner cannot check ${name}`);
    } else if (!matches(value, observed[name])) {
      wrong.push(`${name} ${show(observed[name])}, not ${show(value)}`);
    }
  }
  return wrong.join("; ");
}

function show(value) {
  return JSON.stringify(value);
}
