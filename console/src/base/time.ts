// Times: in the viewer's zone, with UTC at hand, measured by the server's clock.
import { duration, language, t } from "./i18n";

let skew_ms = 0;  // the server's clock minus the browser's

/** Takes the server's clock from an answer's Date header, which has whole seconds. */
export function note_server_time(date: string | null): void {
  const server = date === null ? NaN : Date.parse(date);
  if (Number.isNaN(server)) return;
  const difference = server - Date.now();
  skew_ms = Math.abs(difference) < 2000 ? 0 : difference;
}

/** Now, by the server's clock. */
export const now_ms = (): number => Date.now() + skew_ms;
export const clock_skew_ms = (): number => skew_ms;

const pad = (value: number) => String(value).padStart(2, "0");

/** `2026-11-21 10:15:02.123 UTC`. */
export function utc(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return `${date.toISOString().slice(0, 23).replace("T", " ")} UTC`;
}

function is_today(date: Date): boolean {
  const today = new Date(now_ms());
  return date.toDateString() === today.toDateString();
}

/** Time of day; with the date where it is another day. */
export function short_time(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const clock: Intl.DateTimeFormatOptions = {
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  };
  if (is_today(date)) return date.toLocaleTimeString(language.get(), clock);
  const day: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
  if (date.getFullYear() !== new Date(now_ms()).getFullYear()) day.year = "numeric";
  return date.toLocaleString(language.get(), { ...day, ...clock });
}

/** Date, time with milliseconds, and zone. */
export function full_time(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return date.toLocaleString(language.get(), {
    day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
    second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23", timeZoneName: "short",
  });
}

/** "3 minutes ago", "in 10 seconds". */
export function relative_time(
  iso: string, style: Intl.RelativeTimeFormatStyle = "long",
): string {
  const seconds = (Date.parse(iso) - now_ms()) / 1000;
  if (Number.isNaN(seconds)) return iso;
  const format = new Intl.RelativeTimeFormat(language.get(), { numeric: "auto", style });
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [
    [60, "second"], [3600, "minute"], [86_400, "hour"], [Infinity, "day"],
  ];
  let divisor = 1;
  for (const [limit, unit] of steps) {
    if (Math.abs(seconds) < limit) return format.format(Math.round(seconds / divisor), unit);
    divisor = limit;
  }
  return short_time(iso);
}

/** The same for what is to come; what is past is due now. */
export function due_time(iso: string): string {
  return Date.parse(iso) <= now_ms() ? t("time.due_now") : relative_time(iso);
}

/** How long from one time to another. */
export function between(from: string, to: string): string {
  return duration(Math.max(0, Date.parse(to) - Date.parse(from)));
}

/**
 * The value for `<input type="datetime-local">`, as an RFC 3339 time in UTC; "" if there is
 * none.
 */
export function local_to_iso(value: string): string {
  const date = new Date(value);
  return value === "" || Number.isNaN(date.getTime()) ? "" : date.toISOString();
}

/** The other way round, for the input's value. */
export function iso_to_local(iso: string): string {
  const date = new Date(iso);
  if (iso === "" || Number.isNaN(date.getTime())) return "";
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day}T${pad(date.getHours())}:${pad(date.getMinutes())}`;
}
