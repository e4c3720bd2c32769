// A time in the viewer's zone; UTC when one points at it.
import { full_time, relative_time, short_time, utc } from "../base/time";

interface MomentProps {
  at: string | null | undefined;
  as?: "short" | "full" | "relative";
}

export function Moment({ at, as = "short" }: MomentProps) {
  if (!at) return <span class="muted">–</span>;
  const form = as === "short" ? short_time : as === "full" ? full_time : relative_time;
  return <time dateTime={at} title={utc(at)}>{form(at)}</time>;
}
