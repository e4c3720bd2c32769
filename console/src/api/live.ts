// What is new, as it comes: the gateway's stream where it has one, else a question every 3 seconds.
// Either is only a hint to read again, so that what is shown always comes from one place.
import { useEffect, useRef, useState } from "preact/hooks";
import { url_of } from "./client";
import { current_project } from "./session";

const POLL_MS = 3000;
/** A busy stream causes at most this many readings: one per interval. */
const QUIET_MS = 400;

export type LiveMode = "off" | "stream" | "polling";

/** Calls `changed` when there may be something new at `path`, while `on`. */
export function useLive(path: string, on: boolean, changed: () => void): LiveMode {
  const [mode, set_mode] = useState<LiveMode>("off");
  const latest = useRef(changed);
  latest.current = changed;

  useEffect(() => {
    if (!on) {
      set_mode("off");
      return undefined;
    }
    let pending: ReturnType<typeof setTimeout> | undefined;
    let poll: ReturnType<typeof setInterval> | undefined;
    const hint = () => {
      pending ??= setTimeout(() => {
        pending = undefined;
        if (!document.hidden) latest.current();
      }, QUIET_MS);
    };
    const start_polling = () => {
      set_mode("polling");
      poll ??= setInterval(() => {
        if (!document.hidden) latest.current();
      }, POLL_MS);
    };
    const source = new EventSource(url_of(path, { project: current_project.get() }));
    source.onopen = () => set_mode("stream");
    for (const name of ["message", "event", "delivery"]) source.addEventListener(name, hint);
    // A stream that ends is opened again by the browser; one that is refused is closed for good.
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) start_polling();
    };
    const seen = () => { if (!document.hidden) latest.current(); };
    document.addEventListener("visibilitychange", seen);
    return () => {
      source.close();
      clearTimeout(pending);
      clearInterval(poll);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [path, on]);
  return mode;
}
