// A state as a word with a mark of its own form: colour is never all there is to see.
import { word } from "../base/i18n";

type Tone = "good" | "bad" | "warn" | "info" | "quiet";

const TONES: Record<string, Tone> = {
  delivered: "good", active: "good", connected: "good", completed: "good", succeeded: "good",
  accepted: "good", enabled: "good", live: "info",
  failed: "warn", pending: "info", running: "info", compensating: "warn", paused: "warn",
  dead: "bad", error: "bad", refused: "bad", expired: "bad",
  revoked: "quiet", cancelled: "quiet", skipped: "quiet", disabled: "quiet", test: "quiet",
};
const MARKS: Record<Tone, string> = {
  good: "M2 6.5 5 9.5 10.5 3", bad: "m3 3 6 6M9 3 3 9", warn: "M6 2v5.5m0 2v.5",
  info: "M6 3v3l2.5 1.5", quiet: "M3 6h6",
};

/** `state` as the server names it; `family` chooses whose word it is, such as `run`. */
export function Badge({ state, family = "state" }: { state: string; family?: string }) {
  // A failed run or step has ended, a failed delivery has another attempt to come.
  const ended = (family === "run_state" || family === "step") && state === "failed";
  const tone = ended ? "bad" : TONES[state] ?? "quiet";
  return (
    <span class={`badge tone-${tone}`}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        <path d={MARKS[tone]} />
      </svg>
      {word(family, state)}
    </span>
  );
}

/** An answer's HTTP status. */
export function HttpStatus({ status }: { status: number | null | undefined }) {
  if (status === null || status === undefined) return <span class="muted">–</span>;
  const tone = status < 300 ? "good" : status < 400 ? "warn" : "bad";
  return <span class={`http tone-${tone}`}>{status}</span>;
}
